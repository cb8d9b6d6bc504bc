/** A convolution in front of a given normalization, so that both together are the convolution there was. */
import { ReparamError } from '../errors.ts';
import { batchNorm } from '../lift/batch-norm.ts';
import { readArray } from '../weight.ts';
import type { ConvWeights } from './conv-weights.ts';
import type { NormWeights, TrainLayer } from './train-block.ts';

/**
 * With the normalization t*y + c: the convolution's weights become W / t, and what is missing of its bias b goes into the mean, since
 * `t*(Wx/t - mean) + beta = Wx + b` for `mean = (beta - b) / t`.
 */
export function absorbNorm({ bias, ...conv }: ConvWeights, norm: NormWeights): TrainLayer[] {
  const factor = readArray(batchNorm(norm).weight);
  const length = conv.weight.length / conv.outChannels;
  factor.forEach((t, c) => {
    if (t !== 0 && Number.isFinite(1 / t)) return;
    throw new ReparamError(`normalization: found the factor ${t} for channel ${c}, which no convolution can undo`, {
      code: 'no-branch',
      hint: 'give a gamma that is not 0',
    });
  });
  const weight = Float64Array.from(conv.weight, (value, index) => value / factor[Math.floor(index / length)]!);
  const mean = Float64Array.from(norm.beta, (beta, c) => (beta - (bias?.[c] ?? 0)) / factor[c]!);
  return [{ conv: { ...conv, weight } }, { norm: { ...norm, mean } }];
}
