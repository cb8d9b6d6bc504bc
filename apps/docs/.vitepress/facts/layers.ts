/** `layers NAME`: a structure as stock layers of TensorFlow.js, before and after a conversion. */
import { readGenerated } from './generated.ts';

interface LayersConversion {
  readonly before: readonly LayerLine[];
  readonly after: readonly LayerLine[];
  readonly parameters: readonly [before: number, after: number];
  readonly difference: number;
}
interface LayerLine {
  readonly text: string;
  readonly reads: string;
  readonly makes: string;
}

export function showLayers([name = '']: readonly string[]): string {
  const found = readGenerated<Readonly<Record<string, LayersConversion>>>('layers.json')[name];
  if (!found) throw new Error(`A facts block names the layers "${name}", which there are not.`);
  const { before, after, parameters, difference } = found;
  const lines = [...before, ...after];
  const [width, reads] = [lines.map(({ text }) => text), lines.map((line) => line.reads)].map((texts) =>
    Math.max(...texts.map(({ length }) => length)),
  );
  const show = (line: LayerLine) => `${line.text.padEnd(width!)}  ${line.reads.padStart(reads!)} → ${line.makes}`;
  return [
    '```text',
    ...before.map(show),
    '',
    'becomes',
    '',
    ...after.map(show),
    '```',
    '',
    `${before.length} layers become ${after.length}, ${grouped(parameters[0])} parameters ${grouped(parameters[1])}. Largest difference of the outputs on the cpu backend: ${difference.toExponential(1).replace('e-', 'e−')} of the largest output.`,
  ].join('\n');
}

function grouped(value: number): string {
  return value.toLocaleString('en-US');
}
