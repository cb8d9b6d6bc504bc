/** Reference evaluation in float64: the definition of the operator, tap by tap. The oracle of tests and proofs; not fast. */
import { channelEvaluator, evaluatedSize } from './channel-evaluator.ts';
import { ShapeError } from './errors.ts';
import type { Operator } from './operator.ts';

/** One sample: `[channels, ...size]`, row-major. */
export interface Sample {
  readonly data: Float64Array;
  readonly channels: number;
  /** Spatial size; empty for a dense layer. */
  readonly size: readonly number[];
}

/**
 * The operator applied to one sample.
 *
 * @throws ShapeError where channels or rank do not fit.
 * @example
 * evaluate(conv(c3), { data: new Float64Array(64 * 7 * 7), channels: 64, size: [7, 7] });
 */
export function evaluate(operator: Operator, input: Sample): Sample {
  if (input.channels !== operator.inChannels) {
    throw new ShapeError(`evaluate: found ${input.channels} input channels, expected ${operator.inChannels}`);
  }
  const positions = input.size.reduce((product, size) => product * size, 1);
  const size = evaluatedSize(operator, input.size);
  const count = size.reduce((product, n) => product * n, 1);
  const data = new Float64Array(operator.outChannels * count);
  const channel = (c: number) => input.data.subarray(c * positions, (c + 1) * positions);
  const evaluator = channelEvaluator(operator, input.size, channel);
  for (let out = 0; out < operator.outChannels; out++) data.set(evaluator(out), out * count);
  return { data, channels: operator.outChannels, size };
}
