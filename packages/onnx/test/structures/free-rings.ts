/** The ways in which a map of free size is padded with one value per channel. */
import type { GraphBuilder } from '../graph-builder.ts';
import { rangeOf, scalar, sizeOf, TO_THE_END, writeRows } from './free-movements.ts';

export type Ring = (b: GraphBuilder, x: string, values: readonly number[], options?: RingOptions) => string;

export interface RingOptions {
  /** Positions on each side; default 1. */
  readonly width?: number;
  /** Where the last row is written, counted from the end; default -1. */
  readonly last?: number;
  /** What is added to the values in the first row. */
  readonly more?: number;
}

const around = (width: number) => [0, 0, width, width, 0, 0, width, width];

const column = (b: GraphBuilder, values: readonly number[]) => b.constant([1, 4, 1, 1], values);

/** `values` written to the places of the map that a slice of one axis takes, as the exporter of traced PyTorch models writes it. */
function writeSlice(
  b: GraphBuilder,
  map: string,
  axis: number,
  [start, end]: readonly [number, number],
  values: string,
): string {
  const bounds = (on: number) => [b.list([start]), b.list([end]), b.list([on]), b.list([1])];
  const updates = b.node('Expand', [values, b.node('Shape', [b.node('Slice', [map, ...bounds(axis)])])]);
  const ranges = [0, 1, 2, 3].map((on) => {
    const range = rangeOf(b, map, on);
    const taken = on === axis ? b.node('Slice', [range, ...bounds(0)]) : range;
    return on === 3 ? taken : b.node('Reshape', [taken, b.list([-1, 1, 1, 1].slice(0, 4 - on))]);
  });
  const shape = b.node('Shape', [b.add(...ranges)]);
  const isOpen = b.node('Equal', [shape, b.node('Mul', [ones(b, shape), scalar(b, -1)])]);
  const full = b.node('Where', [isOpen, ones(b, shape), shape]);
  const entries = ranges.map((range) => b.node('Unsqueeze', [b.node('Expand', [range, full]), b.list([-1])]));
  const rest = b.node('Slice', [b.node('Shape', [map]), b.list([4]), b.list([TO_THE_END]), b.list([0])]);
  const places = b.node('Concat', entries, { axis: -1 });
  const written = b.node('Reshape', [updates, b.node('Concat', [shape, rest], { axis: 0 })]);
  return b.node('ScatterND', [map, places, written]);
}

const ones = (b: GraphBuilder, shape: string) => b.node('Add', [b.node('Mul', [shape, scalar(b, 0)]), scalar(b, 1)]);

const writeAll =
  (write: typeof writeSlice): Ring =>
  (b, x, values, { width = 1, last = -width, more = 0 } = {}) => {
    const value = column(b, values);
    const first = column(
      b,
      values.map((part) => part + more),
    );
    let map = b.node('Pad', [x, b.list(around(width))]);
    const end = last + width === 0 ? TO_THE_END : last + width;
    map = write(b, map, 3, [0, width], value);
    map = write(b, map, 3, [-width, TO_THE_END], value);
    map = write(b, map, 2, [0, width], first);
    return write(b, map, 2, [last, end], value);
  };

const joined: Ring = (b, x, values, { width = 1, more = 0 } = {}) => {
  const list = (...sizes: string[]) =>
    b.node(
      'Concat',
      sizes.map((size) => b.node('Reshape', [size, b.list([1])])),
      { axis: 0 },
    );
  const size = (axis: number) => sizeOf(b, x, axis);
  const side = b.node('Expand', [column(b, values), list(size(0), size(1), size(2), scalar(b, width))]);
  const wide = b.node('Concat', [side, x, side], { axis: 3 });
  const long = list(size(0), size(1), scalar(b, width), b.node('Add', [size(3), scalar(b, 2 * width)]));
  const row = (extra: number) =>
    b.node('Expand', [
      column(
        b,
        values.map((part) => part + extra),
      ),
      long,
    ]);
  return b.node('Concat', [row(more), wide, row(0)], { axis: 2 });
};

const chosen: Ring = (b, x, values, { width = 1, last = -width } = {}) => {
  const map = b.node('Pad', [x, b.list(around(width))]);
  const inside = (axis: number, end: number) => {
    const size = sizeOf(b, map, axis);
    const range = rangeOf(b, map, axis);
    const upTo = b.node('Add', [size, scalar(b, end)]);
    const both = b.node('And', [b.node('GreaterOrEqual', [range, scalar(b, width)]), b.node('Less', [range, upTo])]);
    return b.node('Reshape', [both, b.list(axis === 2 ? [1, 1, -1, 1] : [1, 1, 1, -1])]);
  };
  return b.node('Where', [b.node('And', [inside(2, last), inside(3, -width)]), map, column(b, values)]);
};

const masked: Ring = (b, x, values, { last = -1 } = {}) => {
  const map = b.node('Pad', [x, b.list(around(1))]);
  const edge = (axis: number, end: number) => {
    const size = sizeOf(b, map, axis);
    const range = rangeOf(b, map, axis);
    const isLast = b.node('Equal', [range, b.node('Add', [size, scalar(b, end)])]);
    const either = b.node('Or', [b.node('Equal', [range, scalar(b, 0)]), isLast]);
    return b.node('Unsqueeze', [either, b.list(axis === 2 ? [0, 1, 3] : [0, 1, 2])]);
  };
  return b.node('Where', [b.node('Or', [edge(2, last), edge(3, -1)]), column(b, values), map]);
};

export const freeRings: Readonly<Record<string, Ring>> = {
  'ScatterND at all places': writeAll(writeSlice),
  'ScatterND at rows': writeAll(writeRows),
  'Concat of expanded constants': joined,
  'Where inside': chosen,
  'Where at the edges': masked,
};
