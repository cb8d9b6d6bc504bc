/** Split, a layer on each part, and Concat. */
import { add, compose, conv, embed, largestGroups, select } from '@reparam/core';
import type { Law } from '../law.ts';
import { addSamples, matrixOf, runInOrder, sampleOf } from '../tensors.ts';

const CHANNELS = 4;

export const splitAndConcat: Law = {
  fields: [
    { name: 'x', label: 'x', rows: CHANNELS, columns: 1, initial: [1, -2, 3, 1] },
    { name: 'a', label: 'A: on channels 0, 1', rows: 2, columns: 2, initial: [1, 2, 0, -1] },
    { name: 'b', label: 'B: on channels 2, 3', rows: 2, columns: 2, initial: [3, 1, 1, 1] },
  ],
  choices: [
    {
      name: 'order',
      label: 'Concat',
      options: [
        { value: 'same', label: 'A x, B x' },
        { value: 'swapped', label: 'B x, A x' },
      ],
      initial: 'same',
    },
  ],
  solve: ({ x, a, b }, { order }) => {
    const half = (weight: readonly number[]) => conv({ weight, inChannels: 2, outChannels: 2 });
    const [placeA, placeB] = order === 'same' ? [0, 2] : [2, 0];
    const branches = [
      compose(embed(CHANNELS, placeA, 2), compose(half(a!), select(CHANNELS, 0, 2))),
      compose(embed(CHANNELS, placeB, 2), compose(half(b!), select(CHANNELS, 2, 2))),
    ];
    const input = sampleOf(x, CHANNELS, []);
    const merged = add(...branches);
    const groups = largestGroups(merged);
    return {
      left: {
        caption: order === 'same' ? 'Concat(A x₀₁, B x₂₃)' : 'Concat(B x₂₃, A x₀₁)',
        output: addSamples(...branches.map((branch) => runInOrder(input, branch))),
      },
      right: {
        caption: groups > 1 ? `W′ x, ${groups} groups` : 'W′ x, 1 group: half of it is zeros',
        output: runInOrder(input, merged),
      },
      merged: [{ label: 'W′ as a whole matrix', grids: [matrixOf(merged)] }],
    };
  },
};
