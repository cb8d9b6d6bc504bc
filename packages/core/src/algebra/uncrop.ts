/** Frameworks' convolutions have no negative padding: cropping becomes taps of zero weight. */

import { type Axis, greatestCommonDivisor, span } from '../axis.ts';
import { type Operator, weightCount } from '../operator.ts';
import { derivedArray } from '../weight.ts';
import { addWeights } from './add.ts';

/** The same operator with padding >= 0 on every side. */
export function withoutCropping(operator: Operator): Operator {
  if (operator.axes.every((axis) => axis.padBegin >= 0 && axis.padEnd >= 0)) return operator;
  const shape = { support: operator.support, axes: operator.axes.map(growAxis) };
  const weight = derivedArray(weightCount(shape), [operator.weight], (memo) => addWeights([operator], shape, memo));
  return { ...operator, axes: shape.axes, weight };
}

/** Taps at negative padding's distance before and after; their step divides the distances. */
function growAxis(axis: Axis): Axis {
  const before = Math.max(0, -axis.padBegin);
  const after = Math.max(0, -axis.padEnd);
  if (before + after === 0) return axis;
  const step = axis.kernel > 1 ? axis.dilation : 0;
  const dilation = greatestCommonDivisor(greatestCommonDivisor(step, before), after) || 1;
  const kernel = (span(axis) + before + after) / dilation + 1;
  return { ...axis, kernel, dilation, padBegin: axis.padBegin + before, padEnd: axis.padEnd + after };
}
