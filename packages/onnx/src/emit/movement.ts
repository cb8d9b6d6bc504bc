/** Writes the steps of a movement as ONNX nodes. */
import { type MovementStep, type Size, sameSize } from '@reparam/core';
import { DataType } from '../elements/data-type.ts';
import { type OwnInput, readOperator } from '../lift/own-operator.ts';
import type { NodeWriter } from './writer.ts';

/** The first opset where ReduceMean takes its axes as an input. */
const AXES_AS_INPUT = 18;

/** The first opset where Reshape takes its shape as an input. */
const SHAPE_AS_INPUT = 5;

export function writeMovement(writer: NodeWriter, step: MovementStep, input: string): string {
  switch (step.op) {
    case 'mean':
      return writeMean(writer, input, step.axes, step.keep);
    case 'transpose':
      return writer.node('Transpose', [input], { perm: [...step.order] });
    case 'reshape': {
      const target = reshapeTarget(step.from, step.shape);
      if (writer.opset < SHAPE_AS_INPUT) return writer.node('Reshape', [input], { shape: target });
      return writer.node('Reshape', [input, writer.integers('shape', target)]);
    }
    case 'operator': {
      const { opType, attributes, inputs } = readOperator(step.key);
      return writer.node(opType, [input, ...inputs.map((own) => writeInput(writer, own, step.shape))], attributes);
    }
  }
}

function writeInput(writer: NodeWriter, input: OwnInput, shape: readonly Size[]): string {
  if (input === null) return '';
  if ('floats' in input) return writer.list('scales', DataType.FLOAT, input.floats);
  const list = 'integers' in input ? input.integers : input.sizesOf.map((axis) => shape[axis] as number);
  return writer.integers('sizes', list);
}

function writeMean(writer: NodeWriter, input: string, axes: readonly number[], keep: boolean): string {
  const keepdims = { int: keep ? 1 : 0 };
  if (writer.opset < AXES_AS_INPUT) return writer.node('ReduceMean', [input], { axes: [...axes], keepdims });
  return writer.node('ReduceMean', [input, writer.integers('axes', axes)], { keepdims });
}

/** A size that stays is copied by 0; the one that follows from the others is -1. */
function reshapeTarget(from: readonly Size[], shape: readonly Size[]): number[] {
  return shape.map((size, axis) => {
    if (typeof size === 'number') return size;
    return from[axis] !== undefined && sameSize(from[axis], size) ? 0 : -1;
  });
}
