/** Batch normalization before a convolution, padded or not. */
import { compose, explainCompose, isRefusal } from '@reparam/core';
import type { Law } from '../law.ts';
import { affine, conv2d, convTensors, runInOrder, sampleOf } from '../tensors.ts';

export const normThenConv: Law = {
  fields: [
    { name: 'x', label: 'x', rows: 4, columns: 4, initial: [1, 2, 0, -1, 0, 3, 1, 1, -2, 1, 1, 0, 1, 0, -1, 2] },
    { name: 't', label: 't', rows: 1, columns: 1, initial: [0.5] },
    { name: 'c', label: 'c', rows: 1, columns: 1, initial: [1] },
    { name: 'w', label: 'W', rows: 3, columns: 3, initial: [1, 0, -1, 2, 1, -2, 1, 0, 1] },
    { name: 'b', label: 'b', rows: 1, columns: 1, initial: [0] },
  ],
  choices: [
    {
      name: 'pad',
      label: 'Zero padding of the convolution',
      options: [
        { value: '0', label: 'none' },
        { value: '1', label: '1' },
      ],
      initial: '0',
    },
  ],
  solve: ({ x, t, c, w, b }, { pad }) => {
    const norm = affine(t, c);
    const layer = conv2d(w, [3, 3], { bias: b, pad: Number(pad) });
    const input = sampleOf(x, 1, [4, 4]);
    const exact = explainCompose(layer, norm);
    const formula = compose(layer, norm, { interior: true });
    return {
      left: { caption: 'W ∗ BN(x) + b', output: runInOrder(input, norm, layer) },
      right: { caption: 'W′ ∗ x + b′', output: runInOrder(input, formula) },
      merged: convTensors(formula, 'W′', 'b′'),
      refusal: isRefusal(exact) ? exact : null,
    };
  },
};
