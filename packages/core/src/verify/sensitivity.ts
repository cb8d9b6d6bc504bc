/** What rounding alone may make of a model that is ill-conditioned at some inputs. */

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

/**
 * How far each ill-conditioned output goes, relative to its largest magnitude, where the model's own float inputs change in their last
 * digit; 0 for all others. Another order of the same arithmetic rounds at every operator, so it may differ by several times that.
 */
export async function sensitivityOf(session: Session, feeds: Tensors, outputs: Tensors): Promise<Map<string, number>> {
  const sensitivity = new Map(Object.keys(outputs).map((name) => [name, 0]));
  for (let change = 0; change < CHANGES; change++) {
    const changed = await session.run(nudge(feeds, change));
    for (const [name, known] of sensitivity) {
      const { maxRelative } = compareTensors(outputs[name]!, changed[name]!, 0);
      const digit = LAST_DIGIT[outputs[name]!.type] ?? Number.POSITIVE_INFINITY;
      if (maxRelative > MANY_DIGITS * digit) sensitivity.set(name, Math.max(known, maxRelative));
    }
  }
  return sensitivity;
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
