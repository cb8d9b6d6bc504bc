/** Arrays of float64 with dims, and indexing that is as plain as can be. */

export interface NdArray {
  readonly dims: readonly number[];
  readonly data: Float64Array;
}

export function countOf(dims: readonly number[]): number {
  return dims.reduce((product, size) => product * size, 1);
}

export function array(dims: readonly number[], data: ArrayLike<number>): NdArray {
  return { dims, data: Float64Array.from(data) };
}

/** The element at a position of each axis. */
export function elementAt({ dims, data }: NdArray, position: readonly number[]): number {
  return data[dims.reduce((place, size, axis) => place * size + position[axis]!, 0)]!;
}

/** An array whose elements are given by their positions. */
export function build(dims: readonly number[], element: (position: readonly number[]) => number): NdArray {
  const data = new Float64Array(countOf(dims));
  const position = dims.map(() => 0);
  for (let place = 0; place < data.length; place++) {
    data[place] = element(position);
    for (let axis = dims.length - 1; axis >= 0 && ++position[axis]! === dims[axis]; axis--) position[axis] = 0;
  }
  return { dims, data };
}

/** Element by element, with numpy's broadcasting. */
export function broadcast(a: NdArray, b: NdArray, operate: (x: number, y: number) => number): NdArray {
  const rank = Math.max(a.dims.length, b.dims.length);
  const size = ({ dims }: NdArray, axis: number) => dims[axis - rank + dims.length] ?? 1;
  const dims = Array.from({ length: rank }, (_, axis) => Math.max(size(a, axis), size(b, axis)));
  const read = (from: NdArray, position: readonly number[]) =>
    elementAt(
      from,
      from.dims.map((n, axis) => (n === 1 ? 0 : position[axis + rank - from.dims.length]!)),
    );
  return build(dims, (position) => operate(read(a, position), read(b, position)));
}

/** All positions of a window, in order. */
export function positionsOf(dims: readonly number[]): number[][] {
  const positions: number[][] = [];
  build(dims, (position) => positions.push([...position]));
  return positions;
}
