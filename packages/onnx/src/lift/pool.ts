/** Lifts AveragePool whose windows all divide by the same count. */
import { averagePool, refuse } from '@reparam/core';
import { intAttribute, intsAttribute, stringAttribute } from '../analysis/attributes.ts';
import { windowAxes } from '../analysis/windows.ts';
import { floatShape, type Lift, oneTerm, unknownShape } from './context.ts';

export const liftAveragePool: Lift = (node, scope) => {
  const kernel = intsAttribute(node, 'kernel_shape');
  const shape = floatShape(scope, node.inputs[0]!);
  if (!shape) return unknownShape(node.inputs[0]!, scope);
  const channels = shape[1];
  if (!kernel || kernel.length > 3 || shape.length !== kernel.length + 2 || typeof channels !== 'number') return null;
  const axes = windowAxes(node, kernel, shape.slice(2));
  if (!axes) {
    return refuse(
      'size-depends-on-input',
      `auto_pad ${stringAttribute(node, 'auto_pad', '')} pads by the input size, which is symbolic or less than the strides cover`,
      'declare the input size with --shape, or export with explicit pads',
    );
  }
  const countsPadding = scope.opset >= 7 && intAttribute(node, 'count_include_pad', 0) === 1;
  if (!countsPadding && axes.some((axis) => axis.padBegin !== 0 || axis.padEnd !== 0)) {
    return refuse(
      'excluded-padding',
      'its padding is left out of the average, so border windows divide by fewer elements',
      'use count_include_pad=1, or no padding',
    );
  }
  if (intAttribute(node, 'ceil_mode', 0) === 1) {
    const exact = axes.every((axis, index) => {
      const size = shape[index + 2]!;
      const reach =
        typeof size === 'number'
          ? size + axis.padBegin + axis.padEnd - axis.dilation * (axis.kernel - 1) - 1
          : Number.NaN;
      return axis.stride === 1 || reach % axis.stride === 0;
    });
    if (!exact) {
      return refuse(
        'excluded-padding',
        'with ceil_mode a last window may hang over the end and divide by fewer elements',
        'declare an input size that the windows fill, or export with ceil_mode=0',
      );
    }
  }
  return oneTerm(node.inputs[0]!, new Map([[1, averagePool(channels, axes)]]));
};
