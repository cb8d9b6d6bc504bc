/** A small language for graphs of tests: each call adds one node and returns the name of its output. */
import { seededRandom } from '@reparam/core';
import type { GraphAttribute, GraphNode, GraphTensor, TestGraph } from './graph-file.ts';

export type Dims = readonly (number | string | null)[];
export type Attributes = Readonly<Record<string, GraphAttribute>>;

export interface ConvOptions {
  readonly out?: number;
  readonly group?: number;
  readonly stride?: number;
  readonly dilation?: number;
  /** One number for all sides, or begin and end of each axis. Default: as many outputs as inputs at stride 1. */
  readonly pads?: number | readonly number[];
  readonly bias?: boolean;
}

/** A graph with an input `x` whose sizes are given; operators take four channels unless told. */
export class GraphBuilder {
  readonly dims: Dims;
  readonly opset: number;
  private readonly nodes: GraphNode[] = [];
  private readonly tensors: GraphTensor[] = [];
  private readonly inputs: { name: string; dims: Dims }[];
  private readonly random = seededRandom(17);
  private names = 0;

  constructor(dims: Dims = [1, 4, 7, 6], opset = 17) {
    this.dims = dims;
    this.opset = opset;
    this.inputs = [{ name: 'x', dims }];
  }

  node(op: string, inputs: readonly string[], attributes: Attributes = {}, domain = ''): string {
    const output = `v${this.names++}`;
    this.nodes.push({ op, inputs, outputs: [output], attributes, domain });
    return output;
  }

  split(op: string, inputs: readonly string[], count: number, attributes: Attributes = {}): string[] {
    const outputs = Array.from({ length: count }, () => `v${this.names++}`);
    this.nodes.push({ op, inputs, outputs, attributes });
    return outputs;
  }

  /** A constant; without values, signed random ones. */
  constant(dims: readonly number[], values?: number | readonly number[]): string {
    const name = `c${this.names++}`;
    const count = dims.reduce((product, dim) => product * dim, 1);
    const filled = typeof values === 'number' ? new Array<number>(count).fill(values) : values;
    this.tensors.push({ name, dims, values: filled ?? Array.from({ length: count }, () => this.random() * 2 - 1) });
    return name;
  }

  positive(dims: readonly number[]): string {
    const count = dims.reduce((product, dim) => product * dim, 1);
    return this.constant(
      dims,
      Array.from({ length: count }, () => 0.5 + this.random()),
    );
  }

  list(values: readonly number[]): string {
    const name = `c${this.names++}`;
    this.tensors.push({ name, dims: [values.length], values, whole: true });
    return name;
  }

  floats(values: readonly number[]): string {
    return this.constant([values.length], values);
  }

  /** One whole number, without an axis. */
  whole(value: number): string {
    const name = `c${this.names++}`;
    this.tensors.push({ name, dims: [], values: [value], whole: true });
    return name;
  }

  /** A constant of which control flow takes its first body. */
  condition(): string {
    const name = `c${this.names++}`;
    this.tensors.push({ name, dims: [], values: [1], whole: 'bool' });
    return name;
  }

  /** Makes the last constant a graph input too: a default that a caller may override. */
  override(name: string): string {
    this.inputs.push({ name, dims: this.tensors.find((tensor) => tensor.name === name)!.dims });
    return name;
  }

  conv(input: string, kernel: readonly number[], options: ConvOptions = {}, channels = 4): string {
    const { out = 4, group = 1, stride = 1, dilation = 1, bias = true } = options;
    const weight = this.constant([out, channels / group, ...kernel]);
    const inputs = [input, weight, ...(bias ? [this.constant([out])] : [])];
    return this.node('Conv', inputs, {
      kernel_shape: kernel,
      group,
      strides: kernel.map(() => stride),
      dilations: kernel.map(() => dilation),
      pads: padsOf(kernel, dilation, options.pads),
    });
  }

  /** With `shift` false, a BatchNormalization that only scales. */
  norm(input: string, channels = 4, shift = true): string {
    const zero = shift ? undefined : 0;
    const [scale, bias] = [this.constant([channels]), this.constant([channels], zero)];
    const [mean, variance] = [this.constant([channels], zero), this.positive([channels])];
    return this.node('BatchNormalization', [input, scale, bias, mean, variance]);
  }

  add(...inputs: string[]): string {
    return inputs.slice(1).reduce((sum, input) => this.node('Add', [sum, input]), inputs[0]!);
  }

  relu(input: string): string {
    return this.node('Relu', [input]);
  }

  graph(...outputs: string[]): TestGraph {
    return { opset: this.opset, inputs: this.inputs, tensors: this.tensors, nodes: this.nodes, outputs };
  }
}

function padsOf(kernel: readonly number[], dilation: number, pads: ConvOptions['pads']): readonly number[] {
  if (typeof pads === 'number') return [...kernel, ...kernel].map(() => pads);
  const span = kernel.map((size) => dilation * (size - 1));
  return pads ?? [...span.map((size) => Math.floor(size / 2)), ...span.map((size) => Math.ceil(size / 2))];
}
