/** Replay of a block, layer by layer in float64, against the layer it stands for. */
import {
  type Affine,
  type Graph,
  identity,
  type Memo,
  type Operator,
  outputSize,
  type Proof,
  type ProofOptions,
  proveRewrite,
  type Size,
  type Value,
  type ValueId,
} from '@reparam/core';
import { layerOperator, type TrainBlock } from '@reparam/core/expand';
import type { Layer } from './layer.ts';

/** The largest difference; `graph` is the model's. */
export function proveBlock(block: TrainBlock, layer: Layer, graph: Graph, memo: Memo, options: ProofOptions): Proof {
  const { axis } = layer.affine;
  const values: Value[] = [{ ...graph.values[layer.input]!, definitions: [], moved: undefined, reads: undefined }];
  const add = (shape: readonly Size[], terms: Affine['terms'], bias: Affine['bias']): ValueId => {
    values.push({ name: '', shape, definitions: [{ axis, terms, bias }], kept: true, origin: 'block' });
    return values.length - 1;
  };
  const ends = block.branches.map(({ layers }) =>
    layers.map(layerOperator).reduce((value, { bias, ...operator }) => {
      const shape = shapeAfter(values[value]!.shape, axis, operator);
      return add(shape, [{ operator: { ...operator, bias: null }, value }], bias);
    }, 0),
  );
  const same = identity(block.outChannels);
  const sum = add(
    graph.values[layer.value]!.shape,
    ends.map((value) => ({ operator: same, value })),
    null,
  );
  const absorbed = new Set(values.keys());
  absorbed.delete(0);
  const affine: Affine = { ...layer.affine, terms: [{ operator: { ...layer.operator, bias: null }, value: 0 }] };
  return proveRewrite({ graph: { values }, value: sum, affine, absorbed }, memo, options);
}

function shapeAfter(shape: readonly Size[], channels: number, operator: Omit<Operator, 'bias'>): Size[] {
  return shape.map((size, index) => {
    if (index === channels) return operator.outChannels;
    const axis = channels === 1 ? operator.axes[index - 2] : undefined;
    return axis ? outputSize(axis, size) : size;
  });
}
