/** Lists the fixtures: train-time models of the field's references, and how their authors deploy them. */

import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

/** How many nodes of each kind there are; fixtures/linear_operators.py says what is counted. */
export type OperatorCounts = Readonly<Record<string, number>>;

export interface FixtureFile {
  /** Absolute path, or null where the exporter failed. */
  readonly path: string | null;
  readonly exporter: 'torchscript' | 'dynamo';
  /** The file's name without `.onnx`. */
  readonly variant: string;
  readonly opset?: number;
  /** Names of the input's axes that are free in the file. */
  readonly freeAxes?: readonly string[];
  /** Largest difference in ONNX Runtime to the framework's output, over its range. */
  readonly error?: number;
  readonly linearOperators?: OperatorCounts;
  /** Why the exporter failed. */
  readonly failure?: string;
}

export interface Fixture {
  readonly name: string;
  readonly library: string;
  readonly paper: string;
  /** Shape of each input by its name. */
  readonly inputs: Readonly<Record<string, readonly number[]>>;
  readonly outputs: Readonly<Record<string, readonly number[]>>;
  /** Paths of .npy files: an input, and what the framework computed from it. */
  readonly inputPath: string;
  readonly outputPath: string;
  /** The train-time model, through each exporter. */
  readonly train: readonly FixtureFile[];
  /** The reference's own re-parameterization. `linearOperatorsDynamo` counts it as the newer exporter writes it. */
  readonly deploy: FixtureFile & { readonly linearOperatorsDynamo: OperatorCounts };
  readonly note?: string;
}

const FOLDER = new URL('../fixtures/', import.meta.url);

type Line = Omit<Fixture, 'inputPath' | 'outputPath' | 'train' | 'deploy'> & {
  readonly train: readonly FileLine[];
  readonly deploy: FileLine & Pick<Fixture['deploy'], 'linearOperatorsDynamo'>;
};
type FileLine = Omit<FixtureFile, 'path' | 'variant'> & { readonly file: string | null };

/** Every fixture of fixtures.json, with absolute paths. */
export function listFixtures(): Fixture[] {
  const lines = JSON.parse(readFileSync(new URL('fixtures.json', FOLDER), 'utf8')) as Line[];
  return lines.map((line) => {
    const pathOf = (file: string) => fileURLToPath(new URL(`${line.name}/${file}`, FOLDER));
    const locate = <T extends FileLine>({ file, ...rest }: T) => ({
      ...rest,
      path: file === null ? null : pathOf(file),
      variant: (file ?? `train.${rest.exporter}`).replace(/\.onnx$/, ''),
    });
    return {
      ...line,
      inputPath: pathOf('input.npy'),
      outputPath: pathOf('output.npy'),
      train: line.train.map(locate),
      deploy: locate(line.deploy),
    };
  });
}
