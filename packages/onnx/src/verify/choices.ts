/**
 * Runs a model with the choices of another. The result of an operator that chooses jumps where what it chooses among moves, so that two models that
 * are equal but for rounding may choose otherwise, and all behind it differs.
 */

import { compareTensors, type HeldChoice, type HeldRun, type TensorData } from '@reparam/core/verify';
import { DataType } from '../elements/data-type.ts';
import type { OnnxModel } from '../proto/model.ts';
import type { OnnxNode } from '../proto/node.ts';
import type { OpenInput, Probe } from './model-input.ts';
import { type Feeds, type Pair, runFor } from './pair.ts';

/**
 * Operators of the standard domain whose results jump; and Cast, to whole numbers. Not those that ask whether values are exactly equal or zero
 * (Equal, NonZero, Sign, Unique, Cast to bool): a zero that rounding makes another number is a difference.
 */
const CHOOSING: ReadonlySet<string> = new Set([
  ...['TopK', 'ArgMax', 'ArgMin', 'Hardmax', 'NonMaxSuppression'],
  ...['Greater', 'GreaterOrEqual', 'Less', 'LessOrEqual', 'Floor', 'Ceil', 'Round'],
  ...['QuantizeLinear', 'DynamicQuantizeLinear'],
]);

/** What a Cast to is a choice. */
const WHOLE: ReadonlySet<number> = new Set([
  ...[DataType.UINT8, DataType.INT8, DataType.UINT16, DataType.INT16],
  ...[DataType.INT32, DataType.INT64, DataType.UINT32, DataType.UINT64],
]);

/** Values that a session gives out at once, and what of them is kept of one model. */
const CHUNK = 32;
const MOST_BYTES = 2 ** 29;

/** The same choice in both models. */
type Choice = readonly [first: OnnxNode, second: OnnxNode];

/**
 * The outputs of the second model where every choice that both make by the same name is given, as the first makes it. null where there are
 * none, none differs, or something that they choose among differs by more than the tolerance.
 */
export async function holdChoices(pair: Pair, feeds: Feeds, first: Feeds): Promise<HeldRun | null> {
  const choices = findChoices(pair);
  if (choices.length === 0) return null;
  try {
    return await runHeld(pair, choices, feeds, first);
  } catch {
    return null; // there are too many, or one that the runtime does not give out or take, such as a bfloat16
  }
}

function findChoices({ first, second }: Pair): Choice[] {
  const others = new Map(second.model.graph.nodes.map((node) => [keyOf(node, second.model), node]));
  return first.model.graph.nodes.filter(isChoice).flatMap((node): Choice[] => {
    const other = others.get(keyOf(node, first.model));
    return other ? [[node, other]] : [];
  });
}

function isChoice(node: OnnxNode): boolean {
  if (node.domain !== '') return false;
  return CHOOSING.has(node.opType) || (node.opType === 'Cast' && WHOLE.has(node.attribute('to')?.int ?? 0));
}

/** Nodes of one key compute the same of the same inputs, under the same names. */
function keyOf(node: OnnxNode, { opsets }: OnnxModel): string {
  const { domain, opType, inputs, outputs } = node;
  const attributes = [...node.attributeNames].sort().map((name) => {
    const { int, float, string, ints, floats, strings } = node.attribute(name)!;
    return [name, int, float, string, ints, floats, strings];
  });
  const places = inputs.map((name) => name !== '');
  return JSON.stringify([domain, opsets.get(domain), opType, outputs, places, attributes]);
}

async function runHeld(pair: Pair, choices: readonly Choice[], feeds: Feeds, first: Feeds): Promise<HeldRun | null> {
  const made = new Set(choices.flatMap(([node]) => namesOf(node.outputs)));
  const computed = (names: readonly string[]) => names.filter((name) => !(name in feeds) && !made.has(name));
  const readBy = (model: 0 | 1) => computed(choices.flatMap((choice) => namesOf(choice[model].inputs)));
  const own = await runInParts(pair, pair.first, feeds, { outputs: [...made, ...readBy(0)] });
  const free = await runInParts(pair, pair.second, feeds, { outputs: [...made] });
  const given = { ...feeds, ...Object.fromEntries([...made].map((name) => [name, own[name]!])) };
  const inputs = new Map([...made].map((name) => [name, dataTypeOf(given[name]!)]));
  const asked = [...computed(Object.keys(first)), ...readBy(1)];
  const held = { ...given, ...(await runInParts(pair, pair.second, given, { outputs: asked, inputs })) };
  const changed = findChanged(pair.tolerance, choices, { own: { ...feeds, ...own }, free, held });
  return changed && { outputs: held, choices: changed };
}

/** @throws where the values are too many to keep. */
async function runInParts(pair: Pair, input: OpenInput, feeds: Feeds, probe: Probe): Promise<Feeds> {
  const values: Record<string, TensorData> = {};
  const names = [...new Set(probe.outputs)];
  let bytes = 0;
  for (let start = 0; start < names.length; start += CHUNK) {
    const found = await runFor(pair, input, feeds, { ...probe, outputs: names.slice(start, start + CHUNK) });
    for (const { data } of Object.values(found)) bytes += ArrayBuffer.isView(data) ? data.byteLength : data.length;
    if (bytes > MOST_BYTES) throw new Error(`${bytes} bytes of choices`);
    Object.assign(values, found);
  }
  return values;
}

/** What is known of the first model, of the second, and of the second with the choices of the first. */
type Values = Readonly<Record<'own' | 'free' | 'held', Feeds>>;

/** Choices that come out otherwise of the same but for rounding. null if there are none, or one is of something else. */
function findChanged(tolerance: number, choices: readonly Choice[], { own, free, held }: Values): HeldChoice[] | null {
  const changed: HeldChoice[] = [];
  for (const [{ opType, inputs, outputs }, other] of choices) {
    const read = inputs.flatMap((name, place) =>
      name === '' ? [] : compareTensors(own[name]!, held[other.inputs[place]!]!, tolerance),
    );
    if (read.some(({ difference }) => difference !== null)) return null;
    const maxRelative = Math.max(...read.map((comparison) => comparison.maxRelative));
    const name = namesOf(outputs).find((output) => compareTensors(own[output]!, free[output]!, tolerance).difference);
    if (name !== undefined && maxRelative > 0) changed.push({ name, operator: opType, maxRelative }); // of the same it makes the same
  }
  return changed.length === 0 ? null : changed;
}

function namesOf(places: readonly string[]): string[] {
  return places.filter((name) => name !== '');
}

/** A runtime's name of an element type as the number that files have. */
function dataTypeOf({ type }: TensorData): number {
  const name = { float32: 'FLOAT', float64: 'DOUBLE' }[type as string] ?? type.toUpperCase();
  return DataType[name as keyof typeof DataType];
}
