/** Whole tensors through definitions, forms and steps, by the naive operator alone. */
import {
  type Affine,
  conv,
  type Graph,
  groupedWeights,
  type Lowering,
  type Operator,
  readArray,
  type Size,
  type Step,
  seededRandom,
  type Value,
} from '../src/index.ts';
import { withRank } from '../src/operator.ts';
import { naiveEvaluate, product } from './naive.ts';

export interface Tensor {
  readonly shape: readonly number[];
  readonly data: Float64Array;
}

/** What each symbol stands for. */
export type Sizes = ReadonlyMap<string, number>;

/** Every value of a graph by its own definition, random where it has none; null where some size is below 1. */
export function runGraph(graph: Graph, sizes: Sizes, seed: number): Tensor[] | null {
  const known = new Map(sizes);
  const tensors: Tensor[] = [];
  for (const [id, value] of graph.values.entries()) {
    const tensor = runValue(value, known, tensors, seed + id);
    if (!tensor || tensor.shape.some((size) => size < 1)) return null;
    bindSymbols(value.shape, tensor.shape, known);
    tensors.push(tensor);
  }
  return tensors;
}

function runValue(value: Value, known: Sizes, tensors: readonly Tensor[], seed: number): Tensor | null {
  const [affine] = value.definitions;
  if (value.isOnes) return onesTensor(value, known);
  if (affine) return runAffine(affine, tensors);
  const shape = value.shape.map((size) => (typeof size === 'number' ? size : (concreteSize(size, known) ?? 0)));
  if (shape.some((size) => size < 1)) return null;
  const random = seededRandom(seed);
  return { shape, data: Float64Array.from({ length: product(shape) }, () => random() * 2 - 1) };
}

/** One sample: it goes with each of a batch. */
function onesTensor({ shape }: Value, known: Sizes): Tensor | null {
  const sizes = shape.map((size) => concreteSize(size, known) ?? 0);
  return { shape: sizes, data: new Float64Array(product(sizes)).fill(1) };
}

export function concreteSize(size: Size, known: Sizes): number | null {
  if (typeof size === 'number') return size;
  const value = known.get(size.symbol);
  return value === undefined ? null : Math.floor((value + size.constant) / size.stride);
}

/** A size that has a symbol of its own is whatever was computed; any other must be what was declared. */
function bindSymbols(declared: readonly Size[], actual: readonly number[], known: Map<string, number>): void {
  declared.forEach((size, axis) => {
    const expected = concreteSize(size, known);
    if (expected === null) known.set((size as { symbol: string }).symbol, actual[axis]!);
    else if (expected !== actual[axis]) throw new Error(`declared size ${expected}, computed ${actual[axis]}`);
  });
}

/** The sum of the terms and the bias. */
export function runAffine(affine: Affine, tensors: readonly Tensor[]): Tensor {
  const parts = affine.terms.map(({ operator, value }) => applyOn(affine.axis, operator, tensors[value]!));
  const sum = parts.reduce(addTensors);
  return affine.bias ? mapChannels(sum, affine.axis, readArray(affine.bias), (x, shift) => x + shift) : sum;
}

/** The steps of a lowering, each read as a framework would: grouped weights, padding >= 0. */
export function runLowering(lowering: Lowering, axis: number, tensors: readonly Tensor[]): Tensor {
  const outputs: Tensor[] = [];
  const read = (ref: Lowering['result']) => ('value' in ref ? tensors[ref.value]! : outputs[ref.step]!);
  for (const step of lowering.steps) outputs.push(runStep(step, axis, read));
  return read(lowering.result);
}

function runStep(step: Step, axis: number, read: (ref: Lowering['result']) => Tensor): Tensor {
  if (step.op === 'add') return addTensors(read(step.inputs[0]), read(step.inputs[1]));
  if (step.op === 'concat') return concatTensors(axis, step.inputs.map(read));
  const input = read(step.input);
  switch (step.op) {
    case 'scale':
      return mapChannels(input, axis, readArray(step.factor), (x, factor) => x * factor);
    case 'shift':
      return mapChannels(input, axis, readArray(step.shift), (x, shift) => x + shift);
    case 'map':
      return addTensors(input, { shape: [1, ...input.shape.slice(1)], data: Float64Array.from(readArray(step.map)) });
    case 'affine': {
      const scaled = mapChannels(input, axis, readArray(step.factor), (x, factor) => x * factor);
      return mapChannels(scaled, axis, readArray(step.shift), (x, shift) => x + shift);
    }
    case 'slice':
      return sliceTensor(input, axis, step.start, step.count);
    case 'ones':
      return concatTensors(axis, [input, onesLike(sliceTensor(input, axis, 0, 1))]);
    case 'window':
      return applyOn(1, windowOperator(input.shape[1]!, step.axes), input);
    default:
      return applyOn(axis, frameworkOperator(step, axis, input.shape.length), input);
  }
}

function onesLike({ shape, data }: Tensor): Tensor {
  return { shape, data: new Float64Array(data.length).fill(1) };
}

function windowOperator(channels: number, axes: Operator['axes']): Operator {
  if (axes.some((axis) => axis.kernel !== 1)) throw new Error('a window has kernel 1');
  const list = (read: (axis: Operator['axes'][0]) => number) => axes.map(read);
  return conv({
    weight: new Float64Array(channels).fill(1),
    outChannels: channels,
    inChannels: channels,
    groups: channels,
    kernel: list(() => 1),
    stride: list((axis) => axis.stride),
    padBegin: list((axis) => axis.padBegin),
    padEnd: list((axis) => axis.padEnd),
  });
}

/** The operator with its weights stored as a framework stores them. */
function frameworkOperator(step: Extract<Step, { operator: Operator }>, axis: number, rank: number): Operator {
  const { operator, groups, op } = step;
  const axes = withRank(operator, axis === 1 ? rank - 2 : 0);
  const isPoint = axes.every((a) => a.kernel === 1 && a.stride === 1 && a.padBegin === 0 && a.padEnd === 0);
  if (op === 'dense' && (!isPoint || groups !== 1)) throw new Error('a dense layer has neither window nor groups');
  if (op === 'conv' && (axis !== 1 || rank < 3)) throw new Error('a convolution needs spatial axes');
  if (op === 'transposed' && axis !== 1) throw new Error('a transposed convolution needs spatial axes');
  if (op !== 'transposed' && axes.some((a) => a.padBegin < 0 || a.padEnd < 0)) throw new Error('padding below zero');
  const weight = groupedWeights(operator, groups);
  const expected = (operator.outChannels * operator.inChannels * product(axes.map((a) => a.kernel))) / groups;
  if (weight.length !== expected)
    throw new Error(`${weight.length} weights for ${groups} groups, expected ${expected}`);
  const list = (read: (axis: Operator['axes'][0]) => number) => axes.map(read);
  const stored = conv({
    weight,
    bias: operator.bias ? readArray(operator.bias) : undefined,
    outChannels: operator.outChannels,
    inChannels: operator.inChannels,
    groups,
    kernel: list((a) => a.kernel),
    stride: list((a) => a.stride),
    dilation: list((a) => a.dilation),
    padBegin: list((a) => a.padBegin),
    padEnd: list((a) => a.padEnd),
  });
  return { ...stored, kind: operator.kind };
}

/** The operator on one channel axis of a tensor: spatial axes follow axis 1; on another axis every vector is one sample. */
function applyOn(axis: number, operator: Operator, tensor: Tensor): Tensor {
  const { shape } = tensor;
  if (axis === 1) {
    const samples = splitOuter(tensor, shape[0]!).map((data) =>
      naiveEvaluate(operator, { data, channels: shape[1]!, size: shape.slice(2) }),
    );
    return {
      shape: [shape[0]!, operator.outChannels, ...samples[0]!.size],
      data: Float64Array.from(samples.flatMap((sample) => [...sample.data])),
    };
  }
  const inner = product(shape.slice(axis + 1));
  const blocks = splitOuter(tensor, product(shape.slice(0, axis))).map(
    (data) => naiveEvaluate(operator, { data, channels: shape[axis]!, size: [inner] }).data,
  );
  return {
    shape: shape.map((size, index) => (index === axis ? operator.outChannels : size)),
    data: Float64Array.from(blocks.flatMap((data) => [...data])),
  };
}

function splitOuter(tensor: Tensor, count: number): Float64Array[] {
  const length = tensor.data.length / count;
  return Array.from({ length: count }, (_, index) => tensor.data.slice(index * length, (index + 1) * length));
}

export function addTensors(a: Tensor, b: Tensor): Tensor {
  if (b.shape[0]! > a.shape[0]!) return addTensors(b, a);
  const repeats = b.shape[0] === 1; // a bias map is one sample
  const [first, second] = repeats ? [a.shape.slice(1), b.shape.slice(1)] : [a.shape, b.shape];
  if (first.join() !== second.join()) throw new Error(`cannot add [${a.shape}] and [${b.shape}]`);
  return { shape: a.shape, data: a.data.map((value, index) => value + b.data[index % b.data.length]!) };
}

function mapChannels(
  tensor: Tensor,
  axis: number,
  values: ArrayLike<number>,
  operate: (x: number, value: number) => number,
): Tensor {
  const channels = tensor.shape[axis]!;
  if (values.length !== channels) throw new Error(`${values.length} values for ${channels} channels`);
  const inner = product(tensor.shape.slice(axis + 1));
  const data = tensor.data.map((x, index) => operate(x, values[Math.floor(index / inner) % channels]!));
  return { ...tensor, data };
}

function sliceTensor(tensor: Tensor, axis: number, start: number, count: number): Tensor {
  const inner = product(tensor.shape.slice(axis + 1));
  const blocks = splitOuter(tensor, product(tensor.shape.slice(0, axis)));
  const shape = tensor.shape.map((size, index) => (index === axis ? count : size));
  const data = Float64Array.from(blocks.flatMap((block) => [...block.slice(start * inner, (start + count) * inner)]));
  if (data.length !== product(shape)) throw new Error('slice outside the channels');
  return { shape, data };
}

function concatTensors(axis: number, parts: readonly Tensor[]): Tensor {
  const outer = product(parts[0]!.shape.slice(0, axis));
  const blocks = parts.map((part) => splitOuter(part, outer));
  const channels = parts.reduce((sum, part) => sum + part.shape[axis]!, 0);
  const shape = parts[0]!.shape.map((size, index) => (index === axis ? channels : size));
  const data = Float64Array.from(
    Array.from({ length: outer }, (_, o) => blocks.flatMap((block) => [...block[o]!])).flat(),
  );
  if (data.length !== product(shape)) throw new Error('concatenation of different sizes');
  return { shape, data };
}

/** Largest difference relative to the largest magnitude (or 1); Infinity where shapes differ. */
export function tensorError(actual: Tensor, expected: Tensor): number {
  if (actual.shape.join() !== expected.shape.join()) return Infinity;
  let largest = 1;
  let difference = 0;
  for (let i = 0; i < expected.data.length; i++) {
    largest = Math.max(largest, Math.abs(expected.data[i]!));
    const here = Math.abs(actual.data[i]! - expected.data[i]!);
    difference = Number.isNaN(here) ? Infinity : Math.max(difference, here);
  }
  return difference / largest;
}
