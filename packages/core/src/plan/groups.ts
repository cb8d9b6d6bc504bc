/** The largest group count with which a frameworks' convolution can hold a support. */
import { greatestCommonDivisor } from '../axis.ts';
import type { Operator } from '../operator.ts';
import { type Block, listBlocks, type Support } from '../support.ts';

/** Every block must lie within one of `groups` equal contiguous parts, the same for outputs and inputs. */
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

/** First channel and one past the last that a support touches. */
export function channelHull(support: Support, side: 'in' | 'out'): [number, number] {
  const starts = support.map((run) => (side === 'in' ? run.inStart : run.outStart));
  const ends = support.map((run, index) => starts[index]! + run.count * (side === 'in' ? run.inSize : run.outSize));
  return [Math.min(...starts), Math.max(...ends)];
}

/** The operator between channel ranges that hold all of its support. */
export function restrictChannels(operator: Operator, out: [number, number], input: [number, number]): Operator {
  const support = operator.support.map((run) => ({
    ...run,
    outStart: run.outStart - out[0],
    inStart: run.inStart - input[0],
  }));
  return { ...operator, support, outChannels: out[1] - out[0], inChannels: input[1] - input[0] };
}
