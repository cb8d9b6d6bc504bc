/** From an operator to the layout frameworks store: `[outChannels, inChannels / groups, ...kernel]`. */
import { addWeights } from './algebra/add.ts';
import { greatestCommonDivisor } from './axis.ts';
import type { Operator } from './operator.ts';
import { type Block, groupedSupport, listBlocks } from './support.ts';
import type { Memo, Values } from './weight.ts';

/** The largest group count with which a convolution can hold the operator: every block within one of `groups` equal contiguous parts. */
export function largestGroups({ support, outChannels, inChannels }: Operator): number {
  const common = greatestCommonDivisor(outChannels, inChannels);
  if (common === 1) return 1;
  const blocks = listBlocks(support);
  const largestOut = blocks.reduce((size, block) => Math.max(size, block.outSize), 1);
  const largestIn = blocks.reduce((size, block) => Math.max(size, block.inSize), 1);
  for (let groups = common; groups > 1; groups--) {
    if (common % groups !== 0) continue;
    if (outChannels / groups < largestOut || inChannels / groups < largestIn) continue;
    if (blocks.every((block) => fits(block, outChannels / groups, inChannels / groups))) return groups;
  }
  return 1;
}

function fits(block: Block, outSize: number, inSize: number): boolean {
  const group = Math.floor(block.outStart / outSize);
  return (
    block.outStart + block.outSize <= (group + 1) * outSize &&
    block.inStart >= group * inSize &&
    block.inStart + block.inSize <= (group + 1) * inSize
  );
}

/** Weights `[outChannels, inChannels / groups, ...kernel]`, row-major; zero where a block does not fill its group. */
export function groupedWeights(operator: Operator, groups: number, memo: Memo = new Map()): Values {
  const support = groupedSupport(operator.outChannels, operator.inChannels, groups);
  return addWeights([operator], { support, axes: operator.axes }, memo);
}
