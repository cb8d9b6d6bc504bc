/** A RepVGG block: 3x3, 1x1 and skip, each with its batch norm. */
import { add, compose } from '@reparam/core';
import type { Law } from '../law.ts';
import { addSamples, affine, conv2d, convTensors, runInOrder, sampleOf } from '../tensors.ts';

export const repVggBlock: Law = {
  fields: [
    { name: 'x', label: 'x', rows: 4, columns: 4, initial: [1, 2, 0, -1, 0, 3, 1, 1, -2, 1, 1, 0, 1, 0, -1, 2] },
    { name: 'three', label: '3×3', rows: 3, columns: 3, initial: [0, 1, 0, 1, -4, 1, 0, 1, 0] },
    { name: 'one', label: '1×1', rows: 1, columns: 1, initial: [2] },
    { name: 't', label: 't of each BN', rows: 1, columns: 3, initial: [0.5, 1, 2] },
    { name: 'c', label: 'c of each BN', rows: 1, columns: 3, initial: [1, -1, 0.5] },
  ],
  solve: ({ x, three, one, t, c }) => {
    const [after3, after1, skip] = t!.map((scale, index) => affine([scale], [c![index]!]));
    const branches = [[conv2d(three, [3, 3], { pad: 1 }), after3!], [conv2d(one, [1, 1]), after1!], [skip!]];
    const input = sampleOf(x, 1, [4, 4]);
    const merged = add(...branches.map((branch) => branch.reduce((before, layer) => compose(layer, before))));
    return {
      left: {
        caption: 'BN(W₃ ∗ x) + BN(W₁ ∗ x) + BN(x)',
        output: addSamples(...branches.map((branch) => runInOrder(input, ...branch))),
      },
      right: { caption: 'W′ ∗ x + b′', output: runInOrder(input, merged) },
      merged: convTensors(merged, 'W′', 'b′'),
    };
  },
};
