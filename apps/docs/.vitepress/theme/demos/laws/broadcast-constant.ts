/** A constant of three numbers on a map with three channels, three rows and three columns. */
import { refuse, scale } from '@reparam/core';
import type { Law } from '../law.ts';
import { runInOrder, sampleOf } from '../tensors.ts';

const SIZE = 3;

export const broadcastConstant: Law = {
  fields: [
    {
      name: 'x',
      label: 'x',
      rows: SIZE,
      columns: SIZE,
      titles: ['channel 0', 'channel 1', 'channel 2'],
      initial: Array.from({ length: 27 }, (_, index) => Math.floor(index / 9)),
    },
    { name: 'k', label: 'constant', rows: 1, columns: 3, initial: [10, 20, 30] },
  ],
  choices: [
    {
      name: 'shape',
      label: 'Shape of the constant',
      options: [
        { value: '[3]', label: '[3]' },
        { value: '[3, 1, 1]', label: '[3, 1, 1]' },
      ],
      initial: '[3]',
    },
  ],
  solve: ({ x, k }, { shape }) => {
    const input = sampleOf(x, SIZE, [SIZE, SIZE]);
    const isPerChannel = shape === '[3, 1, 1]';
    const sum = x!.map((value, index) => value + k![isPerChannel ? Math.floor(index / 9) : index % SIZE]!);
    const shift = scale(SIZE, 1, k!);
    return {
      left: {
        caption: `Add(x, constant ${shape}), as ONNX and NumPy broadcast`,
        output: sampleOf(sum, SIZE, [SIZE, SIZE]),
      },
      right: { caption: 'x + b, b one number per channel', output: runInOrder(input, shift) },
      merged: [],
      refusal: isPerChannel
        ? null
        : refuse(
            'broadcast',
            'the constant of shape [3] lies along the last axis (3), not along the channels (axis 1)',
            'give it the shape [C, 1, 1] if one number per channel is meant',
          ),
    };
  },
};
