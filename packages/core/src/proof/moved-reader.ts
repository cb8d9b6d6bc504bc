/** Reads a moved value from its source, channel by channel. */
import { type Factor, factorDim, type Movement, type Sampling } from '../movement/movement.ts';
import { countOf } from './tensor-channels.ts';

/** The source of a movement: its dims, and the axis whose channels `channel` gives. */
export interface MovedSource {
  readonly dims: readonly number[];
  readonly axis: number;
  channel(channel: number): Float64Array;
}

/**
 * A part for each index of each axis of the result. Places are sums of such parts, one of each axis, and count the source's elements
 * channel by channel.
 */
type Parts = readonly (readonly number[])[];

/** A function that gives a channel of the result, whose dims are `dims`, on one of its axes. */
export function movedReader(
  movement: Movement,
  dims: readonly number[],
  axis: number,
  source: MovedSource,
): (channel: number) => Float64Array {
  if (movement.sampled) return sampledReader(movement.sampled, dims, axis, source);
  const read = elementReader(source);
  const placeOf = summed(
    movement.axes.map((factors) => listPlaces([...factors].reverse(), source)),
    axis,
  );
  const means = listPlaces(movement.averaged, source);
  const length = countOf(dims) / dims[axis]!;
  return (channel) => {
    const result = new Float64Array(length);
    for (let position = 0; position < length; position++) {
      const place = placeOf(channel, position);
      for (let k = 0; k < means.length; k++) result[position]! += (1 / means.length) * read(place + means[k]!);
    }
    return result;
  };
}

/** Stands for any sampling: means of two positions by weights that differ from place to place. What commutes with it does with all of them. */
function sampledReader({ axes }: Sampling, dims: readonly number[], axis: number, source: MovedSource) {
  const read = elementReader(source);
  const steps = stepsOf(source);
  const byIndex = (part: (index: number, at: number) => number) =>
    summed(
      dims.map((size, at) => Array.from({ length: size }, (_, index) => part(index, at))),
      axis,
    );
  const [here, next] = [0, 1].map((shift) =>
    byIndex((index, at) => steps[at]! * (axes.includes(at) ? (index + shift) % source.dims[at]! : index)),
  );
  const kindOf = byIndex((index, at) => (axes.includes(at) ? index * 3 ** (axes.length - 1 - axes.indexOf(at)) : 0));
  const length = countOf(dims) / dims[axis]!;
  return (channel: number) =>
    Float64Array.from({ length }, (_, position) => {
      const weight = ((kindOf(channel, position) % 7) + 1) / 8;
      return weight * read(here!(channel, position)) + (1 - weight) * read(next!(channel, position));
    });
}

/** Sums of the parts at a channel, which is an index of `axis`, and at a position in it. */
function summed(parts: Parts, axis: number): (channel: number, position: number) => number {
  const others = parts
    .filter((_, at) => at !== axis)
    .reduce((sums, own) => sums.flatMap((sum) => own.map((part) => sum + part)), [0]);
  return (channel, position) => parts[axis]![channel]! + others[position]!;
}

/** The element of the source at a place. */
function elementReader({ dims, axis, channel }: MovedSource): (place: number) => number {
  const positions = countOf(dims) / dims[axis]!;
  const channels: Float64Array[] = [];
  return (place) => {
    const own = Math.floor(place / positions);
    channels[own] ??= channel(own);
    return channels[own][place - own * positions]!;
  };
}

/** Places from one index of each axis to the next. */
function stepsOf({ dims, axis }: MovedSource): number[] {
  const others = (at: number) => countOf(dims.filter((_, other) => other > at && other !== axis));
  return dims.map((_, at) => others(at === axis ? -1 : at));
}

/** The place of each index of an axis that is made of these factors, the first of them the fastest. */
function listPlaces(factors: readonly Factor[], source: MovedSource): readonly number[] {
  const steps = stepsOf(source);
  return factors.reduce(
    (places, factor) => {
      const step = steps[factor.axis]! * factor.step;
      const shifts = Array.from({ length: factorDim(factor, source.dims) }, (_, index) => index * step);
      return shifts.flatMap((shift) => places.map((place) => place + shift));
    },
    [0],
  );
}
