/** Models that choose among values of which each is there twice, once rounded otherwise. */
import { DataType } from '../../src/elements/data-type.ts';
import { AttributeType } from '../../src/proto/attribute.ts';
import { type TinyNode, tinyModel } from './tiny-model.ts';

export interface Factors {
  readonly first?: number;
  /** Their product is `first`, but for rounding. */
  readonly second: readonly [number, number];
  readonly last?: number;
}

export const right: Factors = { second: [0.3, 1.1 / 0.3] };
export const other: Factors = { second: [1.1 / 0.3, 0.3] };

/** Every value twice, once rounded otherwise; `choose` picks among them, into y or the indices that y is gathered by. */
export function choosing(choose: readonly TinyNode[], { first = 1.1, second, last = 1 }: Factors): Uint8Array {
  const weights = Array.from({ length: 128 }, (_, index) => Math.sin(index) * last);
  return tinyModel({
    inputs: { x: [DataType.FLOAT, 64] },
    outputs: { y: [choose.at(-1)!.op.startsWith('Arg') ? DataType.INT64 : DataType.FLOAT, null] },
    nodes: [
      { op: 'Mul', inputs: ['x', 'k0'], outputs: ['a'] },
      { op: 'Mul', inputs: ['x', 'k1'], outputs: ['part'] },
      { op: 'Mul', inputs: ['part', 'k2'], outputs: ['b'] },
      {
        op: 'Concat',
        inputs: ['a', 'b'],
        outputs: ['scores'],
        attributes: { axis: { type: AttributeType.INT, i: 0n } },
      },
      ...choose,
    ],
    constants: { k0: [first], k1: [second[0]], k2: [second[1]], weights },
  });
}

const count = { value_ints: { type: AttributeType.INTS, ints: [16n] } };
export const topK: readonly TinyNode[] = [
  { op: 'Constant', inputs: [], outputs: ['count'], attributes: count },
  { op: 'TopK', inputs: ['scores', 'count'], outputs: ['best', 'places'] },
  { op: 'Gather', inputs: ['weights', 'places'], outputs: ['y'] },
];
export const argMax: readonly TinyNode[] = [{ op: 'ArgMax', inputs: ['scores'], outputs: ['y'] }];
export const floor: readonly TinyNode[] = [
  { op: 'Div', inputs: ['a', 'b'], outputs: ['ratio'] },
  { op: 'Floor', inputs: ['ratio'], outputs: ['y'] },
];
/** Asks for exact equality, which is no choice. */
export const exact: readonly TinyNode[] = [
  { op: 'Equal', inputs: ['a', 'b'], outputs: ['same'] },
  { op: 'Cast', inputs: ['same'], outputs: ['y'], attributes: { to: { type: AttributeType.INT, i: 1n } } },
];
