/** Whether a branch would crop its input to nothing: at sizes so small that its window lies outside. */
import { type Refusal, refuse, type Size } from '@reparam/core';
import type { TrainBlock } from '@reparam/core/expand';

/** `size` is the spatial size of the block's input. */
export function explainEmptyCrop({ branches }: TrainBlock, size: readonly Size[]): Refusal | null {
  for (const { name, layers } of branches) {
    const [first] = layers;
    if (!first || !('conv' in first)) continue;
    const { padBegin, padEnd } = first.conv;
    const left = size.map((n, axis) =>
      typeof n === 'number' ? n + Math.min(0, padBegin[axis] ?? 0) + Math.min(0, padEnd[axis] ?? 0) : 1,
    );
    if (left.every((n) => n >= 1)) continue;
    return refuse(
      'no-branch',
      `the branch ${name} would crop its input to nothing, at size ${size.join(' x ')}`,
      'choose another block for it, or leave it as it is',
    );
  }
  return null;
}
