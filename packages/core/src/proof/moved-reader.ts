/** Reads a moved value from its source, element by element. */
import { factorDim, type Movement, type Sampling } from '../movement/movement.ts';
import { positionOf } from './tensor-channels.ts';

/** The source of a movement: its dims, and the axis whose channels `channel` gives. */
export interface MovedSource {
  readonly dims: readonly number[];
  readonly axis: number;
  channel(channel: number): Float64Array;
}

/** The element of the result at an index: the mean over the factors of the source that are averaged, or over what is sampled. */
export function movedReader(movement: Movement, source: MovedSource): (index: readonly number[]) => number {
  const { dims: from, axis } = source;
  if (movement.sampled) return sampledReader(movement.sampled, source);
  const averaged = movement.averaged.map((factor) => ({ ...factor, dim: factorDim(factor, from) }));
  const count = averaged.reduce((product, { dim }) => product * dim, 1);
  const place = new Array<number>(from.length).fill(0);
  return (index) => {
    place.fill(0);
    movement.axes.forEach((factors, at) => {
      let rest = index[at]!;
      for (const factor of [...factors].reverse()) {
        const dim = factorDim(factor, from);
        place[factor.axis]! += (rest % dim) * factor.step;
        rest = Math.floor(rest / dim);
      }
    });
    let sum = 0;
    for (let k = 0; k < count; k++) {
      const at = [...place];
      let rest = k;
      for (const { axis: on, step, dim } of averaged) {
        at[on]! += (rest % dim) * step;
        rest = Math.floor(rest / dim);
      }
      sum += source.channel(at[axis]!)[positionOf(at, from, axis)]!;
    }
    return sum / count;
  };
}

/** Stands for any sampling: means of two positions by weights that differ from place to place. What commutes with it does with all of them. */
function sampledReader({ axes }: Sampling, { dims: from, axis, channel }: MovedSource) {
  const read = (index: readonly number[], step: number) => {
    const at = index.map((place, own) => (axes.includes(own) ? (place + step) % from[own]! : place));
    return channel(at[axis]!)[positionOf(at, from, axis)]!;
  };
  return (index: readonly number[]) => {
    const weight = ((axes.reduce((sum, own) => 3 * sum + index[own]!, 0) % 7) + 1) / 8;
    return weight * read(index, 0) + (1 - weight) * read(index, 1);
  };
}
