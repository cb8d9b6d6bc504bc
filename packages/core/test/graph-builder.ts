/** Graphs by hand, as an adapter would build them from a model: one value per node, elementwise nodes affine on several axes. */
import {
  type Axis,
  arrayOf,
  averagePool,
  type BatchNormDescriptor,
  batchNorm,
  biasColumn,
  convOf,
  convTransposeOf,
  embed,
  gather,
  identity,
  pad,
  scale,
  select,
  type Term,
  type ValueId,
  weightCount,
} from '../src/index.ts';
import { batchNormFrom, signedValues } from './arbitraries.ts';
import { channelAxes, GraphWriter } from './graph-writer.ts';

export interface ConvOptions {
  readonly out?: number;
  /** One number for all spatial axes, or one each. Default 1. */
  readonly kernel?: number | readonly number[];
  readonly stride?: number;
  readonly dilation?: number;
  /** Default "same": output size = input size at stride 1, odd kernels. */
  readonly padding?: number | 'same' | readonly number[];
  readonly padEnd?: readonly number[];
  readonly groups?: number;
  readonly bias?: boolean;
  readonly weight?: Float64Array;
}

export class GraphBuilder extends GraphWriter {
  relu(x: ValueId): ValueId {
    this.keep(x);
    return this.source('Relu', this.shapeOf(x));
  }

  conv(x: ValueId, options: ConvOptions = {}): ValueId {
    const shape = this.shapeOf(x);
    const inChannels = shape[1] as number;
    const { out = inChannels, groups = 1, bias = false } = options;
    const axes = shape.slice(2).map((_, index) => axisOf(options, index));
    const support = [{ count: groups, outStart: 0, outSize: out / groups, inStart: 0, inSize: inChannels / groups }];
    const weight = options.weight ?? signedValues(weightCount({ support, axes }), this.seed());
    const biases = bias ? arrayOf(signedValues(out, this.seed())) : null;
    const operator = convOf(arrayOf(weight), biases, { outChannels: out, inChannels, groups, axes });
    return this.apply('Conv', x, operator);
  }

  /** One row of weights per channel: groups = channels. */
  depthwise(x: ValueId, options: ConvOptions = {}): ValueId {
    return this.conv(x, { ...options, groups: this.shapeOf(x)[1] as number });
  }

  transposed(x: ValueId, options: ConvOptions = {}): ValueId {
    const shape = this.shapeOf(x);
    const inChannels = shape[1] as number;
    const { out = inChannels, groups = 1, bias = false } = options;
    const axes = shape.slice(2).map((_, index) => axisOf({ padding: 0, ...options }, index));
    const support = [{ count: groups, outStart: 0, outSize: out / groups, inStart: 0, inSize: inChannels / groups }];
    const weight = options.weight ?? signedValues(weightCount({ support, axes }), this.seed());
    const biases = bias ? arrayOf(signedValues(out, this.seed())) : null;
    const operator = convTransposeOf(arrayOf(weight), biases, { outChannels: out, inChannels, groups, axes });
    return this.apply('ConvTranspose', x, operator);
  }

  /** A matrix product on the last axis. */
  matmul(x: ValueId, out: number, weight?: Float64Array): ValueId {
    const shape = this.shapeOf(x);
    const inChannels = shape.at(-1) as number;
    const values = weight ?? signedValues(out * inChannels, this.seed());
    const operator = convOf(arrayOf(values), null, { outChannels: out, inChannels, groups: 1, axes: [] });
    return this.apply('MatMul', x, operator, shape.length - 1);
  }

  batchNorm(x: ValueId, norm?: BatchNormDescriptor, axis = 1): ValueId {
    const channels = this.shapeOf(x)[axis] as number;
    return this.apply('BatchNormalization', x, batchNorm(norm ?? batchNormFrom(channels, this.seed())), axis);
  }

  /** Batch norm without a shift: passes through zero padding. */
  scaleNorm(x: ValueId): ValueId {
    const channels = this.shapeOf(x)[1] as number;
    const zeros = new Float64Array(channels);
    return this.batchNorm(x, { ...batchNormFrom(channels, this.seed()), mean: zeros, beta: zeros });
  }

  /** By a constant per channel of `axis`, or by one number on every axis. */
  scale(x: ValueId, factor: number | ArrayLike<number>, axis = 1): ValueId {
    return this.elementwise('Mul', x, axis, typeof factor === 'number', (channels) => scale(channels, factor));
  }

  shift(x: ValueId, shift: number | ArrayLike<number>, axis = 1): ValueId {
    return this.elementwise('Add', x, axis, typeof shift === 'number', (channels) => scale(channels, 1, shift));
  }

  /** One random value per channel. */
  perChannel(x: ValueId, axis = 1): Float64Array {
    return batchNormFrom(this.shapeOf(x)[axis] as number, this.seed()).gamma as Float64Array;
  }

  averagePool(x: ValueId, kernel: number, options: { stride?: number; padding?: number | 'same' } = {}): ValueId {
    const shape = this.shapeOf(x);
    const axes = shape.slice(2).map((_, index) => axisOf({ ...options, kernel, padding: options.padding ?? 0 }, index));
    return this.apply('AveragePool', x, averagePool(shape[1] as number, axes));
  }

  pad(x: ValueId, begin: readonly number[], end: readonly number[] = begin): ValueId {
    return this.apply('Pad', x, pad(this.shapeOf(x)[1] as number, begin, end));
  }

  slice(x: ValueId, start: number, count: number, axis = 1): ValueId {
    return this.apply('Slice', x, select(this.shapeOf(x)[axis] as number, start, count), axis);
  }

  gather(x: ValueId, indices: readonly number[], axis = 1): ValueId {
    return this.apply('Gather', x, gather(this.shapeOf(x)[axis] as number, indices), axis);
  }

  /** Equal parts of the channels; outputs of one node. */
  split(x: ValueId, parts: number, axis = 1): ValueId[] {
    const count = (this.shapeOf(x)[axis] as number) / parts;
    return Array.from({ length: parts }, (_, part) => {
      const id = this.slice(x, part * count, count, axis);
      this.values[id] = { ...this.values[id]!, origin: 'Split', pinned: true };
      return id;
    });
  }

  concat(inputs: readonly ValueId[], axis = 1): ValueId {
    const counts = inputs.map((x) => this.shapeOf(x)[axis] as number);
    const channels = counts.reduce((sum, count) => sum + count, 0);
    const starts = counts.map((_, index) => counts.slice(0, index).reduce((sum, count) => sum + count, 0));
    const terms = inputs.map((value, index) => ({
      value,
      operator: embed(channels, starts[index]!, counts[index]!),
    }));
    const shape = this.shapeOf(inputs[0]!).map((size, index) => (index === axis ? channels : size));
    return this.push('Concat', shape, [{ axis, terms, bias: null }]);
  }

  add(...inputs: ValueId[]): ValueId {
    return this.sum(
      inputs,
      inputs.map(() => 1),
    );
  }

  subtract(a: ValueId, b: ValueId): ValueId {
    return this.sum([a, b], [1, -1]);
  }

  /** factor * input, added up; affine on every axis that can be channels. */
  sum(inputs: readonly ValueId[], factors: readonly number[]): ValueId {
    const shape = this.shapeOf(inputs[0]!);
    const definitions = channelAxes(shape).map((axis) => ({
      axis,
      bias: null,
      terms: inputs.map((value, index) => {
        const channels = shape[axis] as number;
        const factor = factors[index]!;
        return { value, operator: factor === 1 ? identity(channels) : scale(channels, factor) };
      }),
    }));
    return this.push('Add', shape, definitions);
  }

  /** What zero padding by `by` leaves at 0 holds `values` instead: Pad, then each side written anew. */
  ring(x: ValueId, by: number, values: ArrayLike<number>): ValueId {
    const padded = this.shapeOf(
      this.pad(
        x,
        this.shapeOf(x)
          .slice(2)
          .map(() => by),
      ),
    );
    const channels = padded[1] as number;
    const axes = padded.slice(2).map(() => ({ kernel: 1, stride: 1, dilation: 1, padBegin: by, padEnd: by }));
    const column = biasColumn(arrayOf(Float64Array.from(values, (value) => -value)));
    const ones: Term = { operator: { ...column, axes }, value: this.onesOf(x) };
    const operator = { ...identity(channels), axes };
    return this.push('ScatterND', padded, [
      { axis: 1, terms: [{ operator, value: x }, ones], bias: arrayOf(Float64Array.from(values)) },
    ]);
  }
}

function axisOf(options: ConvOptions, index: number): Axis {
  const { kernel = 1, stride = 1, dilation = 1, padding = 'same', padEnd } = options;
  const size = typeof kernel === 'number' ? kernel : kernel[index]!;
  const span = dilation * (size - 1);
  const begin = padding === 'same' ? Math.floor(span / 2) : typeof padding === 'number' ? padding : padding[index]!;
  const end = padEnd ? padEnd[index]! : padding === 'same' ? span - begin : begin;
  return { kernel: size, stride, dilation, padBegin: begin, padEnd: end };
}
