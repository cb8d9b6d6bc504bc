/** Batch normalization around a transposed convolution. */
import { arrayOf, compose, convTransposeOf, explainCompose, isRefusal, type Operator, scale } from '@reparam/core';
import type { Law } from '../law.ts';
import { affine, runInOrder, sampleOf } from '../tensors.ts';

const axis = { kernel: 3, stride: 2, dilation: 1, padBegin: 1, padEnd: 1 };

export const transposedConvolution: Law = {
  fields: [
    { name: 'x', label: 'x', rows: 2, columns: 2, initial: [1, 2, -1, 3] },
    { name: 'w', label: 'W, stride 2', rows: 3, columns: 3, initial: [1, 2, 1, 2, 4, 2, 1, 2, 1] },
    { name: 't', label: 't', rows: 1, columns: 1, initial: [0.5] },
    { name: 'c', label: 'c', rows: 1, columns: 1, initial: [1] },
  ],
  choices: [
    {
      name: 'place',
      label: 'The batch norm stands',
      options: [
        { value: 'behind', label: 'behind it' },
        { value: 'before', label: 'before it' },
      ],
      initial: 'behind',
    },
  ],
  solve: ({ x, w, t, c }, { place }) => {
    const shape = { outChannels: 1, inChannels: 1, groups: 1, axes: [axis, axis] };
    const layer = convTransposeOf(arrayOf(Float64Array.from(w!)), null, shape);
    const norm = affine(t, c);
    const input = sampleOf(x, 1, [2, 2]);
    const isBehind = place === 'behind';
    const exact = isBehind ? explainCompose(norm, layer) : explainCompose(layer, norm);
    const merged = isRefusal(exact) ? interior(layer, t![0]!, c![0]!, w!) : exact;
    return {
      left: {
        caption: isBehind ? 't (W ⊛ x) + c' : 'W ⊛ (t x + c)',
        output: isBehind ? runInOrder(input, layer, norm) : runInOrder(input, norm, layer),
      },
      right: { caption: 'W′ ⊛ x + b′', output: runInOrder(input, merged) },
      merged: [{ label: 'W′', grids: [{ columns: 3, values: w!.map((value) => value * t![0]!) }] }],
      refusal: isRefusal(exact) ? exact : null,
    };
  },
};

/** What one might write: the scale into the weights, the shift through all of them into one bias. */
function interior(layer: Operator, t: number, c: number, w: readonly number[]): Operator {
  const bias = arrayOf(Float64Array.of(c * w.reduce((sum, value) => sum + value, 0)));
  return { ...compose(layer, scale(1, t)), bias };
}
