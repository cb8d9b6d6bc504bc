/** Shapes that the steps of a rewrite write, with channels on axis 1. */
import { floorDivide, type Operator, outputSize, pointAxis, type Size, type Step } from '@reparam/core';
import { evaluatedSize } from '@reparam/core/convert';
import type { Shape } from './model-view.ts';
import { isPaddedSize } from './windows.ts';

/** Whether a step other than a convolution reads a value behind padding that only convolutions can have. */
export function readsPadded(step: Step, shapeOf: (value: number) => Shape): boolean {
  const refs = 'inputs' in step ? step.inputs : [step.input];
  return step.op !== 'conv' && refs.some((ref) => 'value' in ref && shapeOf(ref.value).some(isPaddedSize));
}

/** `shapeOf` gives the shape of a value that a step reads. */
export function stepShapes(steps: readonly Step[], shapeOf: (value: number) => Shape): Shape[] {
  const shapes: Shape[] = [];
  for (const step of steps) {
    const refs = 'inputs' in step ? step.inputs : [step.input];
    const inputs = refs.map((ref) => ('value' in ref ? shapeOf(ref.value) : shapes[ref.step]!));
    shapes.push(shapeAfter(step, inputs));
  }
  return shapes;
}

function shapeAfter(step: Step, inputs: readonly Shape[]): Shape {
  const [batch, , ...spatial] = inputs[0]!;
  switch (step.op) {
    case 'conv':
    case 'dense':
    case 'transposed':
      return [batch!, step.operator.outChannels, ...sizesAfter(step.operator, spatial)];
    case 'window':
      return [batch!, inputs[0]![1]!, ...spatial.map((size, index) => outputSize(step.axes[index] ?? pointAxis, size))];
    case 'slice':
      return [batch!, step.count, ...spatial];
    case 'concat':
      return [batch!, inputs.reduce((sum, shape) => sum + (shape[1] as number), 0), ...spatial];
    default:
      return inputs[0]!;
  }
}

function sizesAfter(operator: Operator, spatial: Shape): Size[] {
  const { axes, kind } = operator;
  if (kind === 'conv') return spatial.map((size, index) => outputSize(axes[index] ?? pointAxis, size));
  const sizes = spatial.map((size) => (typeof size === 'number' ? size : 1));
  const outputs = evaluatedSize(operator, sizes);
  return spatial.map((size, index) => (typeof size === 'number' ? outputs[index]! : floorDivide(size, 0, 1)));
}
