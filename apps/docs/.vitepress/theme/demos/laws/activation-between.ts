/** An activation between two layers: only a slope of 1 lets them merge. */
import { compose, conv, refuse } from '@reparam/core';
import type { Law } from '../law.ts';
import { convTensors, mapSample, runInOrder, sampleOf } from '../tensors.ts';

export const activationBetween: Law = {
  fields: [
    { name: 'x', label: 'x', rows: 2, columns: 1, initial: [1, -2] },
    { name: 'a', label: 'A', rows: 3, columns: 2, initial: [1, 1, 1, -1, 2, 0] },
    { name: 'b', label: 'B', rows: 2, columns: 3, initial: [1, 1, 0, 0, 1, -1] },
  ],
  choices: [
    {
      name: 'slope',
      label: 'Activation',
      options: [
        { value: '0', label: 'ReLU (slope 0)' },
        { value: '0.5', label: 'LeakyReLU, slope 0.5' },
        { value: '1', label: 'LeakyReLU, slope 1' },
      ],
      initial: '0',
    },
  ],
  solve: ({ x, a, b }, { slope }) => {
    const first = conv({ weight: a!, inChannels: 2, outChannels: 3 });
    const second = conv({ weight: b!, inChannels: 3, outChannels: 2 });
    const input = sampleOf(x, 2, []);
    const activated = mapSample(runInOrder(input, first), (value) => (value < 0 ? Number(slope) * value : value));
    const merged = compose(second, first);
    return {
      left: { caption: 'B φ(A x)', output: runInOrder(activated, second) },
      right: { caption: 'W′ x with W′ = B A', output: runInOrder(input, merged) },
      merged: convTensors(merged, 'W′', null),
      refusal:
        slope === '1'
          ? null
          : refuse(
              'activation-between',
              `${slope === '0' ? 'Relu' : 'LeakyRelu'} stands before it, which is not linear`,
              'train it with no activation there',
            ),
    };
  },
};
