/** A convolution after a convolution, with the padding of both. */
import { compose, explainCompose, isRefusal } from '@reparam/core';
import type { Law } from '../law.ts';
import { conv2d, convTensors, runInOrder, sampleOf } from '../tensors.ts';

export const convolutionsInARow: Law = {
  fields: [
    { name: 'x', label: 'x', rows: 4, columns: 4, initial: [1, 2, 0, -1, 0, 3, 1, 1, -2, 1, 1, 0, 1, 0, -1, 2] },
    { name: 'first', label: 'W₁', rows: 3, columns: 3, initial: [0, 1, 0, 1, -2, 1, 0, 1, 0] },
    { name: 'shift', label: 'b₁', rows: 1, columns: 1, initial: [0] },
    { name: 'second', label: 'W₂', rows: 3, columns: 3, initial: [1, 0, -1, 0, 1, 0, -1, 0, 1] },
  ],
  choices: [padding('first-pad', 'Padding of the first', '2'), padding('second-pad', 'of the second', '1')],
  solve: ({ x, first, shift, second }, choices) => {
    const before = conv2d(first, [3, 3], { bias: shift, pad: Number(choices['first-pad']) });
    const behind = conv2d(second, [3, 3], { pad: Number(choices['second-pad']) });
    const input = sampleOf(x, 1, [4, 4]);
    const exact = explainCompose(behind, before, { inputSize: [4, 4] });
    const composed = compose(behind, before, { interior: true });
    return {
      left: { caption: 'W₂ ∗ (W₁ ∗ x + b₁)', output: runInOrder(input, before, behind) },
      right: { caption: 'W′ ∗ x + b′', output: runInOrder(input, composed) },
      merged: convTensors(composed, 'W′', 'b′'),
      refusal: isRefusal(exact) ? exact : null,
    };
  },
};

function padding(name: string, label: string, initial: string) {
  return { name, label, options: ['0', '1', '2'].map((value) => ({ value, label: value })), initial };
}
