/** Batch normalization behind a convolution. */
import { batchNorm, compose } from '@reparam/core';
import type { Law } from '../law.ts';
import { conv2d, convTensors, runInOrder, sampleOf } from '../tensors.ts';

export const convThenNorm: Law = {
  fields: [
    { name: 'x', label: 'x', rows: 4, columns: 4, initial: [1, 2, 0, -1, 0, 3, 1, 1, -2, 1, 1, 0, 1, 0, -1, 2] },
    { name: 'w', label: 'W', rows: 3, columns: 3, initial: [0, 1, 0, 1, -4, 1, 0, 1, 0] },
    { name: 'b', label: 'b', rows: 1, columns: 1, initial: [0.5] },
    { name: 'gamma', label: 'γ', rows: 1, columns: 1, initial: [1.5] },
    { name: 'beta', label: 'β', rows: 1, columns: 1, initial: [-1] },
    { name: 'mean', label: 'μ', rows: 1, columns: 1, initial: [2] },
    { name: 'variance', label: 'σ²', rows: 1, columns: 1, initial: [4], positive: true },
  ],
  solve: ({ x, w, b, gamma, beta, mean, variance }) => {
    const layer = conv2d(w, [3, 3], { bias: b, pad: 1 });
    const norm = batchNorm({ gamma, beta, mean: mean!, variance: variance!.map((value) => Math.max(0, value)) });
    const input = sampleOf(x, 1, [4, 4]);
    const merged = compose(norm, layer);
    return {
      left: { caption: 'BN(W ∗ x + b)', output: runInOrder(input, layer, norm) },
      right: { caption: 'W′ ∗ x + b′', output: runInOrder(input, merged) },
      merged: convTensors(merged, 'W′', 'b′'),
    };
  },
};
