/** concat: one operator for the channel concatenation of several on the same input: the sum of their embeddings. */
import { ShapeError } from '../errors.ts';
import { embed } from '../lift/embed.ts';
import type { Operator } from '../operator.ts';
import { add } from './add.ts';
import { compose } from './compose.ts';

/**
 * One operator whose output channels are those of the given operators in order (transform IV of Ding et al., Diverse Branch Block,
 * arXiv:2103.13425).
 *
 * @throws ShapeError, ReparamError as `add`.
 * @example
 * concat(conv(a), conv(b)); // one convolution with both sets of filters
 */
export function concat(...operators: Operator[]): Operator {
  if (operators.length === 0) throw new ShapeError('concat: no operators given, expected at least one');
  const channels = operators.reduce((sum, operator) => sum + operator.outChannels, 0);
  let start = 0;
  const embedded = operators.map((operator) => {
    const result = compose(embed(channels, start, operator.outChannels), operator);
    start += operator.outChannels;
    return result;
  });
  return add(...embedded);
}
