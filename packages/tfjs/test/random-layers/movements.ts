/** Layers that take axes apart, put them together, reorder them and resize maps. */
import { tf } from '../tensorflow.ts';
import { type LayersSketch, type Maker, ranked } from './sketch.ts';

/** Axes taken apart, put together, reordered, averaged over, or resized. */
export const movement: Maker = (sketch) => {
  const value = sketch.value(ranked(2, 3, 4, 5));
  if (!value) return false;
  const sizes = value.shape.slice(1) as (number | null)[];
  const rank = value.shape.length;
  const name = sketch.name('move');
  const kinds = ['pool', 'pool', 'flatten', 'flatten', 'permute', 'reshape', 'reshape', 'resize'] as const;
  const kind = sketch.pick(kinds);
  if (kind === 'pool') {
    if (rank !== 3 && rank !== 4) return false;
    sketch.apply(
      rank === 3
        ? tf.layers.globalAveragePooling1d({ name })
        : tf.layers.globalAveragePooling2d({ name, dataFormat: 'channelsLast' }),
      value,
    );
    return true;
  }
  if (kind === 'permute') {
    const dims = sizes.map((_, axis) => axis + 1);
    for (let at = dims.length - 1; at > 0; at--) {
      const other = sketch.int(0, at);
      [dims[at], dims[other]] = [dims[other]!, dims[at]!];
    }
    if (rank > 4 || sizes[dims.at(-1)! - 1] === null) return false;
    sketch.apply(tf.layers.permute({ name, dims }), value);
    return true;
  }
  if (kind === 'resize') {
    if (rank !== 4) return false;
    const size: [number, number] = [sketch.int(1, 3), sketch.int(1, 2)];
    const interpolation = sketch.pick(['nearest', 'bilinear'] as const);
    sketch.apply(tf.layers.upSampling2d({ name, size, interpolation }), value);
    return true;
  }
  if (sizes.some((size) => size === null)) return false;
  if (kind === 'flatten' && rank > 2) sketch.apply(tf.layers.flatten({ name }), value);
  else sketch.apply(tf.layers.reshape({ name, targetShape: regrouped(sketch, sizes as number[]) }), value);
  return true;
};

/** The same number of elements on other axes: neighbours joined, axes split, ones put in; at times one is left to follow from the others. */
function regrouped(sketch: LayersSketch, sizes: readonly number[]): number[] {
  const target = [...sizes];
  for (let change = sketch.int(1, 2); change > 0; change--) {
    const at = sketch.int(0, target.length - 1);
    const kind = sketch.int(0, 2);
    if (kind === 0 && target.length > 1) target.splice(Math.min(at, target.length - 2), 2, joined(target, at));
    else if (kind === 1 && target.length < 4) {
      const parts = [2, 3, 4].filter((part) => target[at]! % part === 0 && target[at]! > part);
      if (parts.length > 0) {
        const part = sketch.pick(parts);
        target.splice(at, 1, ...(sketch.chance(0.5) ? [part, target[at]! / part] : [target[at]! / part, part]));
      }
    } else if (target.length < 4) target.splice(at, 0, 1);
  }
  if (sketch.chance(0.3) && target.length > 1) target[sketch.int(0, target.length - 2)] = -1; // TensorFlow.js takes it for unknown
  return target;
}

function joined(target: readonly number[], at: number): number {
  const start = Math.min(at, target.length - 2);
  return target[start]! * target[start + 1]!;
}
