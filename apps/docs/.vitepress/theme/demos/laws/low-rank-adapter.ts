/** A low-rank adapter beside a linear layer. */
import { add, compose, conv, scale } from '@reparam/core';
import type { Law } from '../law.ts';
import { addSamples, convTensors, runInOrder, sampleOf } from '../tensors.ts';

export const lowRankAdapter: Law = {
  fields: [
    { name: 'x', label: 'x', rows: 3, columns: 1, initial: [1, -2, 3] },
    { name: 'w', label: 'W', rows: 3, columns: 3, initial: [1, 0, 2, 0, 1, 0, -1, 0, 1] },
    { name: 'down', label: 'A: 3 → 1', rows: 1, columns: 3, initial: [1, -1, 2] },
    { name: 'up', label: 'B: 1 → 3', rows: 3, columns: 1, initial: [2, 0, 1] },
    { name: 's', label: 's', rows: 1, columns: 1, initial: [0.5] },
  ],
  solve: ({ x, w, down, up, s }) => {
    const base = conv({ weight: w!, inChannels: 3, outChannels: 3 });
    const first = conv({ weight: down!, inChannels: 3, outChannels: 1 });
    const second = conv({ weight: up!, inChannels: 1, outChannels: 3 });
    const factor = scale(3, s![0]!);
    const input = sampleOf(x, 3, []);
    const merged = add(base, compose(factor, compose(second, first)));
    return {
      left: {
        caption: 'W x + s B (A x)',
        output: addSamples(runInOrder(input, base), runInOrder(input, first, second, factor)),
      },
      right: { caption: 'W′ x', output: runInOrder(input, merged) },
      merged: convTensors(merged, 'W′', null),
    };
  },
};
