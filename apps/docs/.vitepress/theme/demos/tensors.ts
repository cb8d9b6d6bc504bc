/** Between the flat numbers of a demo, the samples and operators of the algebra, and the grids that are shown. */
import { batchNorm, conv, evaluate, type Operator, type Sample, toConv } from '@reparam/core';
import type { Grid, Shown } from './law.ts';

/** Geometry of a demo's convolution; one number serves both axes. */
interface Geometry {
  readonly bias?: readonly number[] | undefined;
  readonly channels?: readonly [inputs: number, outputs: number];
  readonly pad?: readonly [rows: number, columns: number] | number;
  readonly stride?: number;
  readonly dilation?: number;
  readonly groups?: number;
}

/** A convolution on maps of rows and columns. */
export function conv2d(
  weight: readonly number[] | undefined,
  kernel: readonly [rows: number, columns: number],
  { bias, channels: [inChannels, outChannels] = [1, 1], pad = 0, stride = 1, dilation = 1, groups = 1 }: Geometry = {},
): Operator {
  const padBegin = typeof pad === 'number' ? [pad, pad] : [...pad];
  return conv({
    weight: weight ?? [],
    bias,
    inChannels,
    outChannels,
    groups,
    kernel: [...kernel],
    padBegin,
    stride: [stride, stride],
    dilation: [dilation, dilation],
  });
}

/** A batch norm given by its scale and shift: BN(x) = t x + c. */
export function affine(t: readonly number[] | undefined, c: readonly number[] | undefined): Operator {
  const count = t?.length ?? 0;
  const [mean, variance] = [new Array<number>(count).fill(0), new Array<number>(count).fill(1)];
  return batchNorm({ gamma: t, beta: c, mean, variance, epsilon: 0 });
}

/** One sample `[channels, ...size]` from flat numbers. */
export function sampleOf(values: readonly number[] | undefined, channels: number, size: readonly number[]): Sample {
  return { data: Float64Array.from(values ?? []), channels, size };
}

/** The sum of samples of one shape. */
export function addSamples(...samples: readonly Sample[]): Sample {
  const [first] = samples;
  if (first === undefined) throw new RangeError('addSamples: expected at least one sample');
  const data = first.data.map((_, index) => samples.reduce((sum, sample) => sum + sample.data[index]!, 0));
  return { ...first, data };
}

/** Each number through a function: an activation. */
export function mapSample(sample: Sample, activation: (value: number) => number): Sample {
  return { ...sample, data: sample.data.map(activation) };
}

/** The operators one after the other, the first named first. */
export function runInOrder(input: Sample, ...operators: readonly Operator[]): Sample {
  return operators.reduce((sample, operator) => evaluate(operator, sample), input);
}

/** A sample as grids: one for each channel of a map; a line of channels where it has no rows and columns. */
export function gridsOf({ data, channels, size }: Sample): Grid[] {
  const [rows, columns] = size;
  const values = Array.from(data);
  if (rows === undefined) return [{ columns: 1, values }];
  if (columns === undefined) return [{ columns: rows, values }];
  const area = rows * columns;
  return Array.from({ length: channels }, (_, channel) => ({
    ...(channels > 1 && { title: `channel ${channel}` }),
    columns,
    values: values.slice(channel * area, (channel + 1) * area),
  }));
}

/** Kernel of the convolution that an operator is, and its bias unless that has no name. */
export function convTensors(operator: Operator, label: string, biasLabel: string | null): Shown[] {
  const { weight, bias, kernel, inChannels, outChannels, groups } = toConv(operator);
  const area = kernel.reduce((product, n) => product * n, 1);
  const inputs = inChannels / groups;
  const several = inputs * outChannels > 1;
  const kernels = Array.from({ length: outChannels * inputs }, (_, index) => {
    const [out, input] = [Math.floor(index / inputs), index % inputs];
    const from = Math.floor(out / (outChannels / groups)) * inputs + input;
    return {
      ...(several && { title: `${from} → ${out}` }),
      columns: kernel.at(-1) ?? 1,
      values: Array.from(weight.slice(index * area, (index + 1) * area)),
    };
  });
  const isMatrix = area === 1 && groups === 1 && several;
  const grids = isMatrix ? [{ columns: inChannels, values: Array.from(weight) }] : kernels;
  const shown = [{ label, grids }];
  return biasLabel === null
    ? shown
    : [...shown, { label: biasLabel, grids: [{ columns: 1, values: Array.from(bias) }] }];
}

/** A dense layer of a few channels as its whole matrix, zeros included. */
export function matrixOf(operator: Operator): Grid {
  const { inChannels, outChannels } = operator;
  const columns = Array.from({ length: inChannels }, (_, channel) => {
    const unit = Array.from({ length: inChannels }, (__, index) => (index === channel ? 1 : 0));
    return evaluate({ ...operator, bias: null }, sampleOf(unit, inChannels, [])).data;
  });
  const values = Array.from(
    { length: inChannels * outChannels },
    (_, index) => columns[index % inChannels]![Math.floor(index / inChannels)]!,
  );
  return { columns: inChannels, values };
}
