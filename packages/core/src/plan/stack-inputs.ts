/** A sum of products of different inputs as one product of all of them behind each other. */
import { add } from '../algebra/add.ts';
import { composeUnchecked } from '../algebra/compose.ts';
import { select } from '../lift/select.ts';
import type { Operator } from '../operator.ts';

/** `[W1 W2 ...][x1; x2; ...] = W1 x1 + W2 x2 + ...`, of operators that act position by position. */
export function stackInputs(operators: readonly Operator[]): Operator {
  const total = operators.reduce((sum, { inChannels }) => sum + inChannels, 0);
  let end = 0;
  const wide = operators.map((operator) => {
    end += operator.inChannels;
    return composeUnchecked(operator, select(total, end - operator.inChannels, operator.inChannels));
  });
  return add(...wide);
}
