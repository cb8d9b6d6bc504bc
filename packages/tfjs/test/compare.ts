/** Runs a model before and after its conversion, and says how far they are apart. */
import type { Tensor } from '@tensorflow/tfjs-core';
import type { LayersModel } from '@tensorflow/tfjs-layers';
import { tf } from './tensorflow.ts';

/** Weights that a trained model might have: signed, variances positive, some of them zero. */
export function randomizeWeights(model: LayersModel, random: () => number, sparse = random() < 0.2): void {
  model.setWeights(
    model.weights.map((weight) => {
      const positive = weight.originalName.endsWith('variance');
      const values = Float32Array.from({ length: weight.shape.reduce<number>((a, b) => a * b!, 1) }, () => {
        if (positive) return 0.3 + random();
        return sparse && random() < 0.6 ? 0 : random() * 2 - 1;
      });
      return tf.tensor(values, weight.shape as number[]);
    }),
  );
}

export function randomInputs(model: LayersModel, random: () => number, size = 6): Tensor[] {
  return model.inputs.map(({ shape }) => {
    const dims = shape.map((dim, axis) => dim ?? (axis === 0 ? 2 : size));
    return tf.tensor(
      Float32Array.from({ length: dims.reduce((a, b) => a * b, 1) }, () => random() * 2 - 1),
      dims,
    );
  });
}

/** Largest difference relative to the largest value, or to `floor` where an output is smaller: one that cancels to nothing is all rounding. */
export function relativeDifference(first: readonly Tensor[], second: readonly Tensor[], floor = 0): number {
  if (first.length !== second.length) return Number.POSITIVE_INFINITY;
  let difference = 0;
  const wasFinite = first.every((tensor) => tensor.dataSync().every(Number.isFinite)); // else what is beside may turn to NaN too
  first.forEach((tensor, place) => {
    const [a, b] = [tensor.dataSync(), second[place]!.dataSync()];
    if (tensor.shape.join() !== second[place]!.shape.join()) difference = Number.POSITIVE_INFINITY;
    let [largest, own] = [0, 0];
    for (let i = 0; i < a.length; i++) {
      if (!Number.isFinite(a[i])) continue; // a value was divided by zero, or overflowed
      largest = Math.max(largest, Math.abs(a[i]!));
      if (!wasFinite && Number.isNaN(b[i])) continue;
      own = Number.isNaN(b[i]) ? Number.POSITIVE_INFINITY : Math.max(own, Math.abs(a[i]! - b[i]!));
    }
    difference = Math.max(difference, own / (Math.max(largest, floor) || 1));
  });
  return difference;
}

export function listOf(outputs: Tensor | Tensor[]): Tensor[] {
  return Array.isArray(outputs) ? outputs : [outputs];
}
