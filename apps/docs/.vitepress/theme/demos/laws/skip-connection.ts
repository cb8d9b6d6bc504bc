/** A skip connection, with a batch norm of its own, beside a convolution. */
import { add } from '@reparam/core';
import type { Law } from '../law.ts';
import { addSamples, affine, conv2d, convTensors, runInOrder, sampleOf } from '../tensors.ts';

const PAIRS = ['0 → 0', '1 → 0', '0 → 1', '1 → 1'];

export const skipConnection: Law = {
  fields: [
    {
      name: 'x',
      label: 'x',
      rows: 3,
      columns: 3,
      titles: ['channel 0', 'channel 1'],
      initial: [1, 2, 0, 0, 3, 1, -2, 1, 1, 0, -1, 1, 2, 0, 1, 1, 1, -1],
    },
    {
      name: 'w',
      label: 'W',
      rows: 3,
      columns: 3,
      titles: PAIRS,
      initial: [
        0, 1, 0, 1, -2, 1, 0, 1, 0, 0, 0, 0, 0, 0.5, 0, 0, 0, 0, 1, 0, -1, 0, 0, 0, 1, 0, -1, 0, 0, 1, 0, 1, 0, 1, 0, 0,
      ],
    },
    { name: 't', label: 't of the skip', rows: 1, columns: 2, initial: [1, 0.5] },
    { name: 'c', label: 'c of the skip', rows: 1, columns: 2, initial: [0, -1] },
  ],
  solve: ({ x, w, t, c }) => {
    const layer = conv2d(w, [3, 3], { channels: [2, 2], pad: 1 });
    const skip = affine(t, c);
    const input = sampleOf(x, 2, [3, 3]);
    const merged = add(layer, skip);
    return {
      left: { caption: 'W ∗ x + (t x + c)', output: addSamples(runInOrder(input, layer), runInOrder(input, skip)) },
      right: { caption: 'W′ ∗ x + b′', output: runInOrder(input, merged) },
      merged: convTensors(merged, 'W′', 'b′'),
    };
  },
};
