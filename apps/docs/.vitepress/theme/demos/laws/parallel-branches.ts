/** Convolutions of several shapes on one input, added up. */
import { add } from '@reparam/core';
import type { Law } from '../law.ts';
import { addSamples, conv2d, convTensors, runInOrder, sampleOf } from '../tensors.ts';

export const parallelBranches: Law = {
  fields: [
    {
      name: 'x',
      label: 'x',
      rows: 5,
      columns: 5,
      initial: [1, 0, 2, -1, 0, 0, 3, 1, 0, 1, -2, 1, 1, 2, 0, 1, 0, -1, 2, 1, 0, 1, 0, 0, -1],
    },
    { name: 'a', label: 'A: 3×3', rows: 3, columns: 3, initial: [1, 0, -1, 2, 0, -2, 1, 0, -1] },
    { name: 'b', label: 'B: 1×1', rows: 1, columns: 1, initial: [3] },
    { name: 'c', label: 'C: 1×3', rows: 1, columns: 3, initial: [1, -2, 1] },
    { name: 'd', label: 'D: 3×3, dilation 2', rows: 3, columns: 3, initial: [0.5, 0, 0.5, 0, 0, 0, 0.5, 0, 0.5] },
  ],
  solve: ({ x, a, b, c, d }) => {
    const branches = [
      conv2d(a, [3, 3], { pad: 1 }),
      conv2d(b, [1, 1]),
      conv2d(c, [1, 3], { pad: [0, 1] }),
      conv2d(d, [3, 3], { pad: 2, dilation: 2 }),
    ];
    const input = sampleOf(x, 1, [5, 5]);
    const merged = add(...branches);
    return {
      left: {
        caption: 'A ∗ x + B ∗ x + C ∗ x + D ∗ x',
        output: addSamples(...branches.map((branch) => runInOrder(input, branch))),
      },
      right: { caption: 'W′ ∗ x', output: runInOrder(input, merged) },
      merged: convTensors(merged, 'W′', null),
    };
  },
};
