/** The multi-branch blocks that a convolution expands into: which branches each kind has beside the main one. */
import type { Axis } from '../axis.ts';
import { type Refusal, refuse } from '../refusal.ts';
import { isSkip, placeRange, pointRange, type TapRange, wholeRange } from './windows.ts';

export type BlockKind = 'repvgg' | 'acnet' | 'dilated' | 'low-rank';

/** A branch to be made: a convolution with some taps of the main kernel, the input itself, or a product of two thin convolutions. */
export type BranchPlan =
  | { readonly kind: 'window'; readonly name: string; readonly taps: readonly TapRange[] }
  | { readonly kind: 'skip'; readonly name: string }
  | { readonly kind: 'thin'; readonly name: string; readonly rank: number };

/** What decides which branches a convolution can have. */
export interface MainShape {
  readonly inChannels: number;
  readonly outChannels: number;
  readonly groups: number;
  readonly axes: readonly Axis[];
}

/** Branches beside the main one; a refusal where the block would have none. */
export function planBranches(main: MainShape, block: BlockKind, rank: number): readonly BranchPlan[] | Refusal {
  const plan = { repvgg: planRepVgg, acnet: planAcNet, dilated: planDilated, 'low-rank': planLowRank }[block];
  return plan(main, rank);
}

/** Ding et al., RepVGG (arXiv:2101.03697): k x k, 1 x 1 and, where size and channels stay, the input itself. */
function planRepVgg(main: MainShape): readonly BranchPlan[] | Refusal {
  const branches: BranchPlan[] = [];
  if (main.axes.some((axis) => axis.kernel > 1)) branches.push(windowPlan(main.axes.map(pointRange)));
  if (main.inChannels === main.outChannels && main.axes.every(isSkip))
    branches.push({ kind: 'skip', name: 'identity' });
  if (branches.length > 0) return branches;
  return tooSmall(main, 'a kernel above 1, or equal channels and sizes for a skip connection');
}

/** Ding et al., ACNet (arXiv:1908.03930): k x k, 1 x k and k x 1; with three axes one line along each. */
function planAcNet({ axes, ...main }: MainShape): readonly BranchPlan[] | Refusal {
  const long = axes.flatMap((axis, index) => (axis.kernel > 1 ? [index] : []));
  if (long.length < 2) return tooSmall({ axes, ...main }, 'a kernel above 1 on two axes or more');
  return long.map((along) =>
    windowPlan(axes.map((axis, index) => (index === along ? wholeRange(axis) : pointRange(axis)))),
  );
}

/** `[kernel, dilation]` of the branches that Ding et al., UniRepLKNet (arXiv:2311.15599) put beside a large kernel. */
const DILATED: Readonly<Record<number, readonly (readonly [kernel: number, dilation: number])[]>> = {
  17: [
    [5, 1],
    [9, 2],
    [3, 4],
    [3, 5],
    [3, 7],
  ],
  15: [
    [5, 1],
    [7, 2],
    [3, 3],
    [3, 5],
    [3, 7],
  ],
  13: [
    [5, 1],
    [7, 2],
    [3, 3],
    [3, 4],
    [3, 5],
  ],
  11: [
    [5, 1],
    [5, 2],
    [3, 3],
    [3, 4],
    [3, 5],
  ],
  9: [
    [5, 1],
    [5, 2],
    [3, 3],
    [3, 4],
  ],
  7: [
    [5, 1],
    [3, 2],
    [3, 3],
  ],
  5: [
    [3, 1],
    [3, 2],
  ],
};

/** Dilated kernels inside a large one. Kernels that the paper has not: three taps at every dilation that fits, at most five. */
function planDilated(main: MainShape): readonly BranchPlan[] | Refusal {
  const largest = Math.max(1, ...main.axes.map((axis) => axis.kernel));
  const fitting = Math.min(5, Math.floor((largest - 1) / 2));
  const pairs = DILATED[largest] ?? Array.from({ length: fitting }, (_, index) => [3, index + 1] as const);
  if (largest < 4) return tooSmall(main, 'a kernel of 4 or more');
  return pairs.map(([count, step]) => windowPlan(main.axes.map((axis) => placeRange(axis, count, step))));
}

/** Hu et al., LoRA (arXiv:2106.09685), as it is done for convolutions: k x k to `rank` channels per group, then 1 x 1. */
function planLowRank(main: MainShape, rank: number): readonly BranchPlan[] | Refusal {
  const limit = Math.min(main.inChannels, main.outChannels) / main.groups;
  if (rank < limit) return [{ kind: 'thin', name: `rank${rank}`, rank }];
  return tooSmall(main, `more than ${rank} channels in each group, since the branch has that rank`);
}

/** Named by its kernel, and by its step where taps are left out: `1x3`, `5x5d2`. */
function windowPlan(taps: readonly TapRange[]): BranchPlan {
  const step = Math.max(...taps.map((range) => (range.count > 1 ? range.step : 1)));
  return { kind: 'window', name: `${taps.map(({ count }) => count).join('x')}${step > 1 ? `d${step}` : ''}`, taps };
}

function tooSmall({ axes, inChannels, outChannels, groups }: MainShape, expected: string): Refusal {
  const kernel = axes.length === 0 ? 'a dense layer' : `kernel ${axes.map((axis) => axis.kernel).join('x')}`;
  const inGroups = groups > 1 ? `, ${groups} groups` : '';
  return refuse(
    'no-branch',
    `the block has no second branch for ${kernel}, ${inChannels} -> ${outChannels} channels${inGroups}: expected ${expected}`,
    'choose another block for it, or leave it as it is',
  );
}
