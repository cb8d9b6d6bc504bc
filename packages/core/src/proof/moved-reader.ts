/** Reads a moved value from its source, channel by channel. */
import { factorDim, type Movement, type Sampling } from '../movement/movement.ts';
import { countOf, forEachIndex, positionOf } from './tensor-channels.ts';

/** The source of a movement: its dims, and the axis whose channels `channel` gives. */
export interface MovedSource {
  readonly dims: readonly number[];
  readonly axis: number;
  channel(channel: number): Float64Array;
}

/** Visits what an element of the result is a mean of: the places in the source, and their weights. */
type Taps = (index: readonly number[], visit: (at: readonly number[], weight: number) => void) => void;

/** A function that gives a channel of the result, whose dims are `dims`, on one of its axes. */
export function movedReader(
  movement: Movement,
  dims: readonly number[],
  axis: number,
  source: MovedSource,
): (channel: number) => Float64Array {
  const taps = movement.sampled ? sampledTaps(movement.sampled, source.dims) : movedTaps(movement, source.dims);
  const length = countOf(dims) / dims[axis]!;
  if (isApart(movement, axis, source.axis)) return alikeReader(taps, dims, axis, source);
  return (channel) => {
    const result = new Float64Array(length);
    forEachIndex(dims, axis, channel, (index, place) => {
      taps(index, (at, weight) => {
        result[place]! += weight * source.channel(at[source.axis]!)[positionOf(at, source.dims, source.axis)]!;
      });
    });
    return result;
  };
}

/** Whether the channels of the result are channels of the source, and nothing else is. */
function isApart({ axes, averaged, sampled }: Movement, axis: number, own: number): boolean {
  const others = [...axes.filter((_, place) => place !== axis).flat(), ...averaged].map((factor) => factor.axis);
  const isOwn = axes[axis]!.length > 0 && axes[axis]!.every((factor) => factor.axis === own);
  return isOwn && ![...others, ...(sampled?.axes ?? [])].includes(own);
}

/** All channels take the same positions of theirs, which are found once. */
function alikeReader(taps: Taps, dims: readonly number[], axis: number, source: MovedSource) {
  const [positions, weights, ends]: [number[], number[], number[]] = [[], [], []];
  forEachIndex(dims, axis, 0, (index) => {
    taps(index, (at, weight) => {
      positions.push(positionOf(at, source.dims, source.axis));
      weights.push(weight);
    });
    ends.push(positions.length);
  });
  return (channel: number) => {
    let own = 0;
    const first = dims.map((_, place) => (place === axis ? channel : 0));
    taps(first, (at) => {
      own = at[source.axis]!;
    });
    const result = new Float64Array(ends.length);
    if (ends.length === 0) return result;
    const read = source.channel(own);
    for (let place = 0, tap = 0; place < ends.length; place++)
      for (; tap < ends[place]!; tap++) result[place]! += weights[tap]! * read[positions[tap]!]!;
    return result;
  };
}

/** The factors of the result's axes, and all combinations of those that are averaged. */
function movedTaps(movement: Movement, from: readonly number[]): Taps {
  const averaged = movement.averaged.map((factor) => ({ ...factor, dim: factorDim(factor, from) }));
  const count = averaged.reduce((product, { dim }) => product * dim, 1);
  const place = new Array<number>(from.length).fill(0);
  const at = [...place];
  return (index, visit) => {
    place.fill(0);
    movement.axes.forEach((factors, axis) => {
      let rest = index[axis]!;
      for (const factor of [...factors].reverse()) {
        const dim = factorDim(factor, from);
        place[factor.axis]! += (rest % dim) * factor.step;
        rest = Math.floor(rest / dim);
      }
    });
    for (let k = 0; k < count; k++) {
      for (const [axis, start] of place.entries()) at[axis] = start;
      let rest = k;
      for (const { axis, step, dim } of averaged) {
        at[axis]! += (rest % dim) * step;
        rest = Math.floor(rest / dim);
      }
      visit(at, 1 / count);
    }
  };
}

/** Stands for any sampling: means of two positions by weights that differ from place to place. What commutes with it does with all of them. */
function sampledTaps({ axes }: Sampling, from: readonly number[]): Taps {
  return (index, visit) => {
    const weight = ((axes.reduce((sum, axis) => 3 * sum + index[axis]!, 0) % 7) + 1) / 8;
    for (const [step, share] of [weight, 1 - weight].entries())
      visit(
        index.map((place, axis) => (axes.includes(axis) ? (place + step) % from[axis]! : place)),
        share,
      );
  };
}
