/** Finds where two models begin to differ: the first value, by name, that both compute. */

import type { FirstDivergent, TensorData } from '@reparam/core/verify';
import { compareTensors } from '@reparam/core/verify';
import type { OnnxModel } from '../proto/model.ts';
import { type Feeds, type Pair, runFor } from './pair.ts';

/** Values that are kept in memory at once, in each model. */
const CHUNK = 32;

/**
 * The first value in the order of the first model's nodes that differs, of those with the same name in both models; undefined if
 * none does. Not a binary search: a later value may be equal again, behind a saturated activation for one.
 */
export async function findFirstDivergent(pair: Pair, feeds: Feeds): Promise<FirstDivergent | undefined> {
  const [first, second] = [operatorsOf(pair.first.model), operatorsOf(pair.second.model)];
  const names = [...first.keys()].filter((name) => second.has(name));
  for (let start = 0; start < names.length; start += CHUNK) {
    const found = await searchValues(pair, feeds, names.slice(start, start + CHUNK));
    if (found) return { ...found, operators: [first.get(found.name)!, second.get(found.name)!] };
  }
  return undefined;
}

/** The operator that computes each value. */
function operatorsOf({ graph }: OnnxModel): Map<string, string> {
  const entries = graph.nodes.flatMap(({ opType, outputs }) => outputs.map((name) => [name, opType] as const));
  return new Map(entries.filter(([name]) => name !== ''));
}

type Found = Pick<FirstDivergent, 'name' | 'maxRelative'>;

async function searchValues(pair: Pair, feeds: Feeds, names: readonly string[]): Promise<Found | undefined> {
  let results: Record<string, TensorData>[];
  try {
    results = [
      await runFor(pair, pair.first, feeds, { outputs: names }),
      await runFor(pair, pair.second, feeds, { outputs: names }),
    ];
  } catch {
    // Among them is a value that the runtime cannot give out, such as a bfloat16 or an optional one.
    if (names.length === 1) return undefined;
    const middle = names.length >>> 1;
    const found = await searchValues(pair, feeds, names.slice(0, middle));
    return found ?? (await searchValues(pair, feeds, names.slice(middle)));
  }
  for (const name of names) {
    const [a, b] = results.map((result) => result[name]);
    if (!a || !b) continue;
    const { difference, maxRelative } = compareTensors(a, b, pair.tolerance);
    if (difference) return { name, maxRelative: difference === 'value' ? maxRelative : null };
  }
  return undefined;
}
