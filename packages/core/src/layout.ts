/** From an operator to the layout frameworks store: `[outChannels, inChannels / groups, ...kernel]`. */
import { addWeights } from './algebra/add.ts';
import { greatestCommonDivisor } from './axis.ts';
import type { Operator } from './operator.ts';
import { type BlockRun, groupedSupport } from './support.ts';
import type { Memo, Values } from './weight.ts';

/** The largest group count with which a convolution can hold the operator: every block within one of `groups` equal contiguous parts. */
export function largestGroups({ support, outChannels, inChannels }: Operator): number {
  const common = greatestCommonDivisor(outChannels, inChannels);
  const largestOut = support.reduce((size, run) => Math.max(size, run.outSize), 1);
  const largestIn = support.reduce((size, run) => Math.max(size, run.inSize), 1);
  const most = Math.floor(Math.min(common, outChannels / largestOut, inChannels / largestIn));
  for (let groups = most; groups > 1; groups--) {
    if (common % groups !== 0) continue;
    if (support.every((run) => runFits(run, outChannels / groups, inChannels / groups))) return groups;
  }
  return 1;
}

/** Whether each block of a run lies within one group, of so many channels. */
function runFits({ count, outStart, outSize, inStart, inSize }: BlockRun, outGroup: number, inGroup: number): boolean {
  for (let b = 0; b < count; b++) {
    const out = outStart + b * outSize;
    const input = inStart + b * inSize;
    const group = Math.floor(out / outGroup);
    if (out + outSize > (group + 1) * outGroup) return false;
    if (input < group * inGroup || input + inSize > (group + 1) * inGroup) return false;
  }
  return true;
}

/** Weights `[outChannels, inChannels / groups, ...kernel]`, row-major; zero where a block does not fill its group. */
export function groupedWeights(operator: Operator, groups: number, memo: Memo = new Map()): Values {
  const support = groupedSupport(operator.outChannels, operator.inChannels, groups);
  return addWeights([operator], { support, axes: operator.axes }, memo);
}
