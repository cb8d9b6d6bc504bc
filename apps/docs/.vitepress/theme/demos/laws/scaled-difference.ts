/** The mixer of FastViT: a scaled difference of two branches beside a skip connection. */
import { add, compose, identity, scale } from '@reparam/core';
import type { Law } from '../law.ts';
import { addSamples, affine, conv2d, convTensors, mapSample, runInOrder, sampleOf } from '../tensors.ts';

export const scaledDifference: Law = {
  fields: [
    { name: 'x', label: 'x', rows: 4, columns: 4, initial: [1, 2, 0, -1, 0, 3, 1, 1, -2, 1, 1, 0, 1, 0, -1, 2] },
    { name: 'a', label: 'A: 3×3', rows: 3, columns: 3, initial: [1, 0, -1, 2, 1, -2, 1, 0, 1] },
    { name: 't', label: 't of B', rows: 1, columns: 1, initial: [2] },
    { name: 'c', label: 'c of B', rows: 1, columns: 1, initial: [1] },
    { name: 's', label: 's', rows: 1, columns: 1, initial: [0.5] },
  ],
  solve: ({ x, a, t, c, s }) => {
    const [factor] = s!;
    const mixer = conv2d(a, [3, 3], { pad: 1 });
    const norm = affine(t, c);
    const input = sampleOf(x, 1, [4, 4]);
    const minus = scale(1, -1);
    const merged = add(identity(1), compose(scale(1, factor!), add(mixer, compose(minus, norm))));
    const difference = addSamples(runInOrder(input, mixer), runInOrder(input, norm, minus));
    return {
      left: {
        caption: 'x + s (A ∗ x − (t x + c))',
        output: addSamples(
          input,
          mapSample(difference, (value) => factor! * value),
        ),
      },
      right: { caption: 'W′ ∗ x + b′', output: runInOrder(input, merged) },
      merged: convTensors(merged, 'W′', 'b′'),
    };
  },
};
