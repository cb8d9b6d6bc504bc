/** Dilated convolutions as TensorFlow writes them: positions taken apart into batches, a convolution without padding, and all put together. */
import { floorDivide, type Size } from '@reparam/core';
import type { Shape } from '../convert/model-view.ts';
import { type NodeDef, nodeOf } from './node-def.ts';
import type { GraphScope } from './scope.ts';

/** One spatial axis. */
export interface Blocks {
  readonly block: number;
  readonly begin: number;
  readonly end: number;
}

/** Blocks of SpaceToBatchND with what it pads, or of BatchToSpaceND with what it crops; null where they are computed. */
export function blocksOf({ inputs }: NodeDef, scope: GraphScope): Blocks[] | null {
  const [blocks, sides] = [scope.numbers(inputs[1]), scope.numbers(inputs[2])];
  if (!blocks || sides?.length !== 2 * blocks.length || blocks.some((block) => block < 1)) return null;
  return blocks.map((block, axis) => ({ block, begin: sides[2 * axis]!, end: sides[2 * axis + 1]! }));
}

export interface DilatedConvolution {
  readonly convolution: NodeDef;
  /** Name of the value that is taken apart. */
  readonly input: string;
  /** For each spatial axis its dilation, and the padding that is left of padding and cropping. */
  readonly axes: readonly Blocks[];
}

/** What ends in this BatchToSpaceND; null where it is no dilated convolution over all spatial axes. */
export function dilatedConvolution(node: NodeDef, scope: GraphScope): DilatedConvolution | null {
  const convolution = scope.nodes.get(nodeOf(node.inputs[0]!));
  const apart = convolution && scope.nodes.get(nodeOf(convolution.inputs[0] ?? ''));
  if (node.op !== 'BatchToSpaceND' || !convolution || apart?.op !== 'SpaceToBatchND' || apart.control.length > 0)
    return null;
  const [padded, cropped] = [blocksOf(apart, scope), blocksOf(node, scope)];
  const input = apart.inputs[0]!;
  const rank = scope.shape(input)?.length;
  const isWhole = padded?.length === cropped?.length && padded?.length === (rank ?? 0) - 2;
  if (!padded || !cropped || !isWhole || padded.some(({ block }, axis) => block !== cropped[axis]!.block)) return null;
  const axes = padded.map(({ block, begin, end }, axis) => ({
    block,
    begin: begin - cropped[axis]!.begin,
    end: end - cropped[axis]!.end,
  }));
  return { convolution, input, axes };
}

/** Output shape of either; the batch is known again where all is put together. */
export function batchedShape(node: NodeDef, scope: GraphScope): Shape | null {
  const shape = scope.shape(node.inputs[0]!);
  const blocks = blocksOf(node, scope);
  if (!shape || !blocks || blocks.length > shape.length - 1) return null;
  const isApart = node.op === 'SpaceToBatchND';
  const source = isApart ? undefined : dilatedConvolution(node, scope)?.input;
  const batch = source ? scope.shape(source)![0]! : scope.freshSize();
  return shape.map((size, axis): Size => {
    if (axis === 0) return batch;
    const { block, begin, end } = blocks[axis - 1] ?? { block: 1, begin: 0, end: 0 };
    if (isApart) return floorDivide(size, begin + end, block);
    return typeof size === 'number' ? size * block - begin - end : scope.freshSize();
  });
}
