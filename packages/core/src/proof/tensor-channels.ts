/** Channels of whole tensors: their elements in row-major order, cut along one axis and put together again. */

export function countOf(dims: readonly number[]): number {
  return dims.reduce((product, n) => product * n, 1);
}

/** All positions of one channel. */
export function sliceChannel(
  tensor: Float64Array,
  dims: readonly number[],
  axis: number,
  channel: number,
): Float64Array {
  const result = new Float64Array(tensor.length / dims[axis]!);
  const place = placesOf(dims, axis, channel);
  for (let position = 0; position < result.length; position++) result[position] = tensor[place(position)]!;
  return result;
}

/** The tensor of these channels. */
export function joinChannels(
  dims: readonly number[],
  axis: number,
  channelOf: (channel: number) => Float64Array,
): Float64Array {
  const tensor = new Float64Array(countOf(dims));
  for (let channel = 0; channel < dims[axis]!; channel++) {
    const place = placesOf(dims, axis, channel);
    channelOf(channel).forEach((element, position) => {
      tensor[place(position)] = element;
    });
  }
  return tensor;
}

/** From a position of a channel to its place in the tensor. */
function placesOf(dims: readonly number[], axis: number, channel: number): (position: number) => number {
  const inner = countOf(dims.slice(axis + 1));
  return (position) => (Math.floor(position / inner) * dims[axis]! + channel) * inner + (position % inner);
}
