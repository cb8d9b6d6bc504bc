/** What a model's outputs do by themselves: from run to run, and where rounding alone may make anything of them. */

import { seededRandom } from '../random.ts';
import { compareTensors } from './compare.ts';
import type { Session } from './session.ts';
import { decodeTensor, encodeTensor, isFloat, type TensorData } from './tensor-data.ts';

type Tensors = Readonly<Record<string, TensorData>>;

/** The last digit of each float type, relative to the number. */
const LAST_DIGIT: { readonly [type: string]: number } = { float16: 2 ** -10, float32: 2 ** -23, float64: 2 ** -52 };

/** An output that moves by fewer of its own last digits is well-conditioned. */
const MANY_DIGITS = 64;

/** Inputs are changed so often, each time by other signs. */
const CHANGES = 3;

/** The float inputs with every number changed in its last digit. */
export function nudged(feeds: Tensors): Tensors[] {
  return Array.from({ length: CHANGES }, (_, change) => nudge(feeds, change));
}

/**
 * How far each output of a model goes where it runs on other inputs, relative to its largest magnitude; 0 for those that move by a few of their
 * last digits only. Another order of the same arithmetic rounds at every operator, so that it may differ by several times what nudged inputs do.
 */
export async function spreadOf(
  session: Session,
  runs: readonly Tensors[],
  outputs: Tensors,
): Promise<Map<string, number>> {
  const spread = new Map(Object.keys(outputs).map((name) => [name, 0]));
  for (const feeds of runs) {
    const changed = await session.run(feeds);
    for (const [name, known] of spread) {
      const { maxRelative } = compareTensors(outputs[name]!, changed[name]!, 0);
      const digit = LAST_DIGIT[outputs[name]!.type] ?? Number.POSITIVE_INFINITY;
      if (maxRelative > MANY_DIGITS * digit) spread.set(name, Math.max(known, maxRelative));
    }
  }
  return spread;
}

function nudge(feeds: Tensors, seed: number): Tensors {
  const random = seededRandom(seed);
  const entries = Object.entries(feeds).map(([name, tensor]): [string, TensorData] => {
    const digit = isFloat(tensor.type) ? LAST_DIGIT[tensor.type] : undefined;
    if (digit === undefined) return [name, tensor];
    const values = decodeTensor(tensor).map((value) => value * (1 + (random() < 0.5 ? -digit : digit)));
    return [name, encodeTensor(tensor.type, tensor.dims, values)];
  });
  return Object.fromEntries(entries);
}
