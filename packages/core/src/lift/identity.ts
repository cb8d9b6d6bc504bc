/** Lift of a skip connection: y = x. */
import { diagonal, type Operator } from '../operator.ts';
import { constantArray } from '../weight.ts';

/**
 * The identity on `channels` channels, on any number of spatial axes.
 *
 * @example
 * add(conv(c3), identity(64));
 */
export function identity(channels: number): Operator {
  return diagonal(channels, constantArray(channels, 1), null);
}
