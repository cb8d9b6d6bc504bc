/** Operators that move data at places that follow from free sizes, as exporters combine them. */
import type { GraphBuilder } from '../graph-builder.ts';

/** Sizes of the map that is moved. */
export const MAP = ['n', 3, 'h', 'w'] as const;

export type Pick = <T>(items: readonly T[]) => T;

/** A map of four axes from another. */
export type Step = (b: GraphBuilder, x: string, pick: Pick) => string;

export const scalar = (b: GraphBuilder, value: number): string => b.node('Squeeze', [b.list([value])]);

export const sizeOf = (b: GraphBuilder, x: string, axis: number): string =>
  b.node('Gather', [b.node('Shape', [x]), scalar(b, axis)]);

/** 0, 1, ... along an axis. */
export const rangeOf = (b: GraphBuilder, x: string, axis: number): string =>
  b.node('Range', [scalar(b, 0), sizeOf(b, x, axis), scalar(b, 1)]);

export const TO_THE_END: number = 2 ** 31 - 1;

const spatial = [2, 3];

/** `values` written to the positions of an axis from `start` to `end`, as `torch.export` writes it: the axis in front, one index a row. */
export function writeRows(
  b: GraphBuilder,
  map: string,
  axis: number,
  [start, end]: readonly [number, number],
  values: string,
): string {
  const perm = [0, 1, 2, 3].map((on) => (on === axis ? 0 : on === 0 ? axis : on));
  const taken = b.node('Slice', [rangeOf(b, map, axis), b.list([start]), b.list([end]), b.list([0])]);
  const slice = b.node('Slice', [map, b.list([start]), b.list([end]), b.list([axis])]);
  const updates = b.node('Transpose', [b.node('Expand', [values, b.node('Shape', [slice])])], { perm });
  const turned = b.node('Transpose', [map], { perm });
  const written = b.node('ScatterND', [turned, b.node('Unsqueeze', [taken, b.list([-1])]), updates]);
  return b.node('Transpose', [written], { perm });
}

/** Rank-1 truth values along an axis. */
function condition(b: GraphBuilder, x: string, axis: number, pick: Pick): string {
  const range = rangeOf(b, x, axis);
  const compared = () => {
    const constant = scalar(b, pick([0, 1, 2, -1, -2]));
    const limit = pick([true, false]) ? constant : b.node('Add', [sizeOf(b, x, axis), constant]);
    return b.node(pick(['Less', 'LessOrEqual', 'Greater', 'GreaterOrEqual', 'Equal']), [range, limit]);
  };
  const kind = pick(['one', 'And', 'Or', 'Not']);
  if (kind === 'one') return compared();
  return kind === 'Not' ? b.node('Not', [compared()]) : b.node(kind, [compared(), compared()]);
}

const along = (axis: number) => [0, 1, 2, 3].map((on) => (on === axis ? -1 : 1));

export const movements: Readonly<Record<string, Step>> = {
  pad: (b, x, pick) => {
    const amounts = Array.from({ length: 8 }, (_, place) => (place % 4 < 2 ? 0 : pick([0, 1, 2, -1])));
    return b.node('Pad', [x, b.list(amounts), b.constant([], pick([0, 0.5]))]);
  },
  slice: (b, x, pick) => {
    const axis = pick([1, ...spatial]);
    const end = b.node('Sub', [sizeOf(b, x, axis), scalar(b, pick([0, 1]))]);
    const list = (value: number) => b.list([value]);
    const ends = pick([true, false]) ? b.node('Unsqueeze', [end, list(0)]) : list(pick([TO_THE_END, -1, -2, 1, 2]));
    return b.node('Slice', [x, list(pick([0, 0, 1, -1, -2])), ends, list(axis)]);
  },
  split: (b, x) => {
    const [first, , last] = b.split('Split', [x, b.list([1, 1, 1])], 3, { axis: 1 });
    return b.node('Concat', [last!, first!, last!], { axis: 1 });
  },
  concat: (b, x, pick) => {
    const axis = pick(spatial);
    const part = b.node('Slice', [x, b.list([pick([0, -1])]), b.list([TO_THE_END]), b.list([axis])]);
    return b.node('Concat', pick([true, false]) ? [x, part] : [part, x], { axis });
  },
  frame: (b, x, pick) => {
    const axis = pick(spatial);
    const sizes = [0, 1, 2, 3].map((on) =>
      on === axis ? b.list([pick([1, 2])]) : b.node('Reshape', [sizeOf(b, x, on), b.list([1])]),
    );
    const channels = pick([true, false]) ? b.constant([1, 1, 1]) : b.constant([]);
    const side = b.node('Expand', [channels, b.node('Concat', sizes, { axis: 0 })]);
    return b.node('Concat', [side, x], { axis });
  },
  where: (b, x, pick) => {
    const axis = pick(spatial);
    const mask = b.node('Reshape', [condition(b, x, axis, pick), b.list(along(axis))]);
    return b.node('Where', pick([true, false]) ? [mask, x, b.constant([])] : [mask, b.constant([1, 1, 1, 1]), x]);
  },
  cell: (b, x, pick) => {
    const masks = spatial.map((axis) => b.node('Reshape', [condition(b, x, axis, pick), b.list(along(axis))]));
    return b.node('Where', [b.node(pick(['And', 'Or']), masks), x, b.constant([1, 1, 1, 1])]);
  },
  rows: (b, x, pick) => {
    const bounds = pick([
      [0, 1],
      [0, 2],
      [-1, TO_THE_END],
      [-2, -1],
      [1, TO_THE_END],
    ] as const);
    return writeRows(b, x, pick(spatial), bounds, b.constant([1, 1, 1, 1]));
  },
  swap: (b, x) =>
    b.node(
      'Transpose',
      [b.node('Pad', [b.node('Transpose', [x], { perm: [0, 1, 3, 2] }), b.list([0, 0, 0, 1, 0, 0, 1, 0])])],
      { perm: [0, 1, 3, 2] },
    ),
  fold: (b, x, pick) => {
    const added = b.node('Unsqueeze', [x, b.list([pick([0, 2, -1])])]);
    const shape = b.node('Shape', [x]);
    return pick([true, false])
      ? b.node('Reshape', [added, shape])
      : b.node('Identity', [
          b.node('Reshape', [
            added,
            b.node('Concat', [b.node('Slice', [shape, b.list([0]), b.list([3])]), b.list([-1])], { axis: 0 }),
          ]),
        ]);
  },
  gather: (b, x, pick) => b.node('Gather', [x, b.list([pick([0, 1, -1]), 0])], { axis: 2 }),
  shift: (b, x, pick) => {
    const axis = pick(spatial);
    const size = b.node('Unsqueeze', [sizeOf(b, x, axis), b.list([0])]);
    const start = b.node('Sub', [size, b.list([1])]);
    const last = b.node('Slice', [x, start, size, b.list([axis])]);
    const rest = b.node('Slice', [x, b.list([0]), b.list([-1]), b.list([axis])]);
    return b.node('Concat', [last, rest], { axis });
  },
};
