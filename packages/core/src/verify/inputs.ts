/** Seeded signed inputs for a model, by families that show different faults. */

import { ShapeError, UnsupportedError } from '../errors.ts';
import { seededRandom } from '../random.ts';
import { checkNames, type InputShapes } from './input-shapes.ts';
import type { ValueMetadata } from './session.ts';
import {
  ARRAYS,
  countOf,
  decodeTensor,
  encodeTensor,
  isFloat,
  type TensorData,
  type TensorType,
} from './tensor-data.ts';

/**
 * How float inputs are drawn. normal: about Gaussian, deviation 1. negative: the same, all below zero. large: the same
 * times 100, times 8 in float16. range: none is drawn freely, and integers and given ranges are uniform. given: nothing
 * is drawn.
 */
export type InputFamily = 'normal' | 'negative' | 'large' | 'range' | 'given';

/** Which values inputs take. */
export interface InputOptions {
  /** Lowest and highest value by input name, both included. Floats are uniform in it, integers too. `{ image: [0, 255] }` */
  readonly ranges?: Readonly<Record<string, readonly [number, number]>> | undefined;
  /** Tensors to feed as they are, by input name. */
  readonly inputs?: Readonly<Record<string, TensorData>> | undefined;
}

/** Integers from 0 to 1 are valid as indices and as masks; images and quantized values use their whole range. */
const RANGES: { readonly [type: string]: readonly [number, number] } = {
  uint8: [0, 255],
  int8: [-128, 127],
  uint16: [0, 255],
  int16: [-128, 127],
};

/** The families in which a model's inputs differ. */
export function familiesOf(inputs: readonly ValueMetadata[], options: InputOptions): InputFamily[] {
  checkNames(inputs, Object.keys(options.ranges ?? {}));
  checkNames(inputs, Object.keys(options.inputs ?? {}));
  const drawn = inputs.filter(({ name }) => !options.inputs?.[name]);
  if (drawn.length === 0) return ['given'];
  const free = drawn.some(({ name, type }) => isFloat(type) && !options.ranges?.[name]);
  return free ? ['normal', 'negative', 'large'] : ['range'];
}

/** Values for all inputs. The same family, seed and shapes give the same values. */
export function makeFeeds(
  inputs: readonly ValueMetadata[],
  shapes: InputShapes,
  family: InputFamily,
  seed: number,
  options: InputOptions,
): Record<string, TensorData> {
  const entries = inputs.map(({ name, type }, index): [string, TensorData] => {
    const given = options.inputs?.[name];
    if (given) return [name, convertGiven(name, type, given)];
    if (type === null || !ARRAYS[type])
      throw new UnsupportedError(
        `Input "${name}" is of type ${type ?? 'sequence or map'}, for which no values are made.`,
        {
          code: 'input-needed',
          hint: type === null ? 'Such models cannot be run here.' : `Give values for "${name}".`,
        },
      );
    const dims = shapes[name]!;
    const random = seededRandom(seed * 1009 + index);
    const draw = drawer(type, family, options.ranges?.[name], random);
    const values = new Float64Array(countOf(dims));
    for (let at = 0; at < values.length; at++) values[at] = draw();
    return [name, encodeTensor(type, dims, values)];
  });
  return Object.fromEntries(entries);
}

function drawer(
  type: TensorType,
  family: InputFamily,
  range: readonly [number, number] | undefined,
  random: () => number,
): () => number {
  if (!isFloat(type)) {
    const [low, high] = range ?? RANGES[type] ?? [0, 1];
    return () => low + Math.floor(random() * (high - low + 1));
  }
  if (range) return () => range[0] + random() * (range[1] - range[0]);
  // Four uniform numbers add up to about a Gaussian one, the same on every machine: logarithms are not.
  const normal = () => (random() + random() + random() + random() - 2) * Math.sqrt(3);
  if (family === 'negative') return () => -Math.abs(normal());
  const scale = family === 'large' ? (type === 'float16' ? 8 : 100) : 1;
  return () => scale * normal();
}

/** A given tensor as the model wants it: floats of another width, and integers that fit, are converted. */
function convertGiven(name: string, type: TensorType | null, given: TensorData): TensorData {
  if (given.data.length !== countOf(given.dims))
    throw new ShapeError(
      `Input "${name}" is given ${given.data.length} elements, expected ${countOf(given.dims)} for [${given.dims.join(', ')}].`,
    );
  if (type === given.type || type === null) return given;
  const found = decodeTensor(given);
  if (isFloat(type) && isFloat(given.type)) return encodeTensor(type, given.dims, found);
  if (/int|bool/.test(type) && /int|bool/.test(given.type)) {
    const converted = encodeTensor(type, given.dims, found);
    if (decodeTensor(converted).every((value, index) => value === found[index])) return converted;
  }
  throw new ShapeError(`Input "${name}" is given as ${given.type}, expected ${type}.`, {
    code: 'input-type',
    hint: `Convert it: array.astype('${type}') in NumPy.`,
  });
}
