/** Writes a rewrite's steps as ONNX nodes. */
import { type Axis, type LazyArray, type Ref, ReparamError, type Step, type ValueId } from '@reparam/core';
import type { NewAttribute } from '../proto/new-parts.ts';
import { writeConv, writeConvTranspose, writeDense } from './products.ts';
import { findSums } from './sums.ts';
import type { NodeWriter } from './writer.ts';

/** Where a value's channels lie. */
export interface Frame {
  readonly axis: number;
  readonly rank: number;
}

type NameOf = (ref: Ref) => string;

/** Writes the steps; `nameOfValue` gives the names of values that they read. Returns the names of their outputs, '' where one has none. */
export function writeSteps(
  writer: NodeWriter,
  steps: readonly Step[],
  nameOfValue: (value: ValueId) => string,
  frame: Frame,
): string[] {
  const outputs: string[] = [];
  const nameOf = (ref: Ref) => ('value' in ref ? nameOfValue(ref.value) : outputs[ref.step]!);
  const { sums, within } = findSums(steps, (array) => writer.read(array));
  for (const [place, step] of steps.entries()) {
    const sum = sums.get(place);
    if (sum) {
      const total = writer.node(sum.opType, sum.inputs.map(nameOf));
      outputs.push(sum.scaled ? writeStep(writer, sum.scaled({ step: place }), () => total, frame) : total);
    } else outputs.push(within.has(place) ? '' : writeStep(writer, step, nameOf, frame));
  }
  return outputs;
}

/** Writes one step; `nameOf` gives the names of what it reads. Returns the name of its output. */
export function writeStep(writer: NodeWriter, step: Step, nameOf: NameOf, frame: Frame): string {
  if (step.op === 'add') return writer.node('Add', step.inputs.map(nameOf));
  if (step.op === 'concat') return writer.node('Concat', step.inputs.map(nameOf), { axis: { int: frame.axis } });
  const input = nameOf(step.input);
  switch (step.op) {
    case 'conv':
      return writeConv(writer, input, step.operator);
    case 'transposed':
      return writeConvTranspose(writer, input, step.operator, step.groups);
    case 'dense':
      return writeDense(writer, input, step.operator);
    case 'scale':
      return writePerChannel(writer, 'Mul', 'scale', input, step.factor, frame);
    case 'shift':
      return writePerChannel(writer, 'Add', 'bias', input, step.shift, frame);
    case 'map':
      return writer.node('Add', [input, writer.weights('bias', mapDims(step), writer.read(step.map))]);
    case 'affine':
      return writeAffine(writer, input, step.factor, step.shift, frame);
    case 'slice':
      return writeSlice(writer, input, [frame.axis], [step.start], [step.start + step.count], [1]);
    case 'ones':
      return writeOnes(writer, input, frame);
    case 'window':
      return writeWindow(writer, input, step.axes, frame);
  }
}

function writePerChannel(
  writer: NodeWriter,
  opType: string,
  role: string,
  input: string,
  array: LazyArray,
  { axis, rank }: Frame,
): string {
  const values = writer.read(array);
  const uniform = values.every((value) => value === values[0]);
  if (writer.opset < 7) {
    const attributes = { broadcast: { int: 1 }, axis: { int: axis } };
    return writer.node(opType, [input, writer.weights(role, [values.length], values)], attributes);
  }
  if (uniform) return writer.node(opType, [input, writer.weights(role, [], values.slice(0, 1))]);
  const dims = [values.length, ...new Array<number>(rank - 1 - axis).fill(1)];
  return writer.node(opType, [input, writer.weights(role, dims, values)]);
}

/** BatchNormalization with mean 0 and variance 1, its epsilon made up for in the scale. */
function writeAffine(writer: NodeWriter, input: string, factor: LazyArray, shift: LazyArray, frame: Frame): string {
  if (writer.opset < 7) {
    const scaled = writePerChannel(writer, 'Mul', 'scale', input, factor, frame);
    return writePerChannel(writer, 'Add', 'bias', scaled, shift, frame);
  }
  const factors = writer.read(factor);
  const channels = factors.length;
  const epsilon = Math.fround(1e-5);
  const deviation = Math.sqrt(1 + epsilon);
  const scale = writer.weights(
    'scale',
    [channels],
    factors.map((value) => value * deviation),
  );
  const bias = writer.weights('bias', [channels], writer.read(shift));
  const mean = writer.weights('mean', [channels], new Float64Array(channels));
  const variance = writer.weights('variance', [channels], new Float64Array(channels).fill(1));
  return writer.node('BatchNormalization', [input, scale, bias, mean, variance], { epsilon: { float: epsilon } });
}

function mapDims({ map, size }: Extract<Step, { op: 'map' }>): readonly number[] {
  return [1, map.length / size.reduce((product, n) => product * n, 1), ...size];
}

const TO_THE_END = 2 ** 31 - 1;

function writeSlice(
  writer: NodeWriter,
  input: string,
  axes: readonly number[],
  starts: readonly number[],
  ends: readonly number[],
  steps: readonly number[],
): string {
  if (writer.opset >= 10) {
    const lists = { starts, ends, axes, steps };
    return writer.node('Slice', [input, ...Object.entries(lists).map(([role, list]) => writer.integers(role, list))]);
  }
  if (steps.some((step) => step !== 1)) {
    throw new ReparamError('a strided Slice needs opset 10', {
      code: 'not-implemented',
      hint: 'export with opset 10 or later',
    });
  }
  return writer.node('Slice', [input], { axes: axes as number[], ends: ends as number[], starts: starts as number[] });
}

/** Pad for padding, Slice for cropping and striding, on spatial axes. */
function writeWindow(writer: NodeWriter, input: string, axes: readonly Axis[], { rank }: Frame): string {
  let output = input;
  const sliced = axes.flatMap((axis, index) =>
    axis.padBegin < 0 || axis.padEnd < 0 || axis.stride > 1 ? [index] : [],
  );
  if (axes.some((axis) => axis.padBegin > 0 || axis.padEnd > 0)) {
    const begin = axes.map((axis) => Math.max(0, axis.padBegin));
    const end = axes.map((axis) => Math.max(0, axis.padEnd));
    output = writePad(writer, output, [0, 0, ...begin, 0, 0, ...end], rank);
  }
  if (sliced.length === 0) return output;
  const of = (read: (axis: Axis) => number) => sliced.map((index) => read(axes[index]!));
  return writeSlice(
    writer,
    output,
    sliced.map((index) => index + 2),
    of((axis) => Math.max(0, -axis.padBegin)),
    of((axis) => (axis.padEnd < 0 ? axis.padEnd : TO_THE_END)),
    of((axis) => axis.stride),
  );
}

/** One more channel, which is padding alone. */
function writeOnes(writer: NodeWriter, input: string, { axis, rank }: Frame): string {
  const pads = Array.from({ length: 2 * rank }, (_, place) => (place === rank + axis ? 1 : 0));
  return writePad(writer, input, pads, rank, 1);
}

function writePad(writer: NodeWriter, input: string, pads: readonly number[], rank: number, value = 0): string {
  if (pads.length !== 2 * rank)
    throw new ReparamError('a Pad of other axes than spatial ones', { code: 'not-implemented' });
  if (writer.opset >= 11) {
    const filled = value === 0 ? [] : [writer.weights('fill', [], Float64Array.of(value))];
    return writer.node('Pad', [input, writer.integers('pads', pads), ...filled]);
  }
  const attributes: Record<string, NewAttribute> =
    writer.opset < 2 ? { paddings: pads as number[] } : { pads: pads as number[] };
  return writer.node('Pad', [input], { ...attributes, ...(value !== 0 && { value: { float: value } }) });
}
