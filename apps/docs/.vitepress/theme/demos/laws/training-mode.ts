/** Batch normalization with the statistics of its own input, or with stored ones. */
import { batchNorm, compose, conv, refuse } from '@reparam/core';
import type { Law } from '../law.ts';
import { convTensors, mapSample, runInOrder, sampleOf } from '../tensors.ts';

export const trainingMode: Law = {
  fields: [
    { name: 'x', label: 'x', rows: 3, columns: 3, initial: [1, 2, 0, 0, 3, 1, -2, 1, 1] },
    { name: 'w', label: 'W: 1×1', rows: 1, columns: 1, initial: [2] },
    { name: 'mean', label: 'stored μ', rows: 1, columns: 1, initial: [1] },
    { name: 'variance', label: 'stored σ²', rows: 1, columns: 1, initial: [4], positive: true },
  ],
  choices: [
    {
      name: 'mode',
      label: 'Batch norm in',
      options: [
        { value: 'training', label: 'training mode: statistics of its input' },
        { value: 'inference', label: 'inference mode: stored statistics' },
      ],
      initial: 'training',
    },
  ],
  solve: ({ x, w, mean, variance }, { mode }) => {
    const layer = conv({ weight: w!, inChannels: 1, outChannels: 1 });
    const stored = { mean: mean!, variance: variance!.map((value) => Math.max(0, value)) };
    const input = sampleOf(x, 1, [3, 3]);
    const product = runInOrder(input, layer);
    const isTraining = mode === 'training';
    const merged = compose(batchNorm(stored), layer);
    return {
      left: {
        caption: 'BN(W ∗ x)',
        output: isTraining ? normalizeBatch(product) : runInOrder(product, batchNorm(stored)),
      },
      right: { caption: 'W′ ∗ x + b′', output: runInOrder(input, merged) },
      merged: convTensors(merged, 'W′', 'b′'),
      refusal: isTraining
        ? refuse(
            'training-mode',
            'the normalization computes statistics of its input (training mode)',
            'call model.eval() before exporting',
          )
        : null,
    };
  },
};

function normalizeBatch(sample: ReturnType<typeof sampleOf>) {
  const values = Array.from(sample.data);
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
  const variance = values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / values.length;
  return mapSample(sample, (value) => (value - mean) / Math.sqrt(variance + 1e-5));
}
