/** Lift of inference-mode batch normalization: a scale and a shift per channel. */
import { ShapeError } from '../errors.ts';
import { diagonal, dropZero, type Operator } from '../operator.ts';
import { arrayOf } from '../weight.ts';
import { checkLength } from './conv.ts';

/** Statistics and parameters, one value per channel. */
export interface BatchNormDescriptor {
  readonly mean: ArrayLike<number>;
  readonly variance: ArrayLike<number>;
  /** Default 1. */
  readonly gamma?: ArrayLike<number> | undefined;
  /** Default 0. */
  readonly beta?: ArrayLike<number> | undefined;
  /** Default 1e-5. */
  readonly epsilon?: number;
}

/**
 * `t*x + c` per channel with t = gamma/sqrt(variance + epsilon), c = beta - mean*t (Ioffe and Szegedy, arXiv:1502.03167).
 *
 * @throws ShapeError where lengths differ, or variance + epsilon is not positive.
 * @example
 * compose(batchNorm({ gamma, beta, mean, variance, epsilon: 1e-5 }), conv(c3));
 */
export function batchNorm(descriptor: BatchNormDescriptor): Operator {
  const { mean, variance, gamma, beta, epsilon = 1e-5 } = descriptor;
  const channels = mean.length;
  for (const [name, values] of Object.entries({ variance, gamma, beta })) {
    if (values) checkLength(`batchNorm ${name}`, values, channels, `[${channels}], as mean has`);
  }
  const weight = new Float64Array(channels);
  const bias = new Float64Array(channels);
  for (let c = 0; c < channels; c++) {
    const deviation = Math.sqrt(variance[c]! + epsilon);
    if (!(deviation > 0)) {
      throw new ShapeError(
        `batchNorm variance: found ${variance[c]} for channel ${c}, expected more than -epsilon (${epsilon})`,
      );
    }
    weight[c] = (gamma?.[c] ?? 1) / deviation;
    bias[c] = (beta?.[c] ?? 0) - mean[c]! * weight[c]!;
  }
  return diagonal(channels, arrayOf(weight), dropZero(arrayOf(bias)));
}
