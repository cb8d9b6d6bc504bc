/** Builds Graph models node by node, as the converter writes them. */
import type { io } from '@tensorflow/tfjs-core';

export interface Attribute {
  readonly [kind: string]: unknown;
}

/** Attributes by what they hold: a text, a whole number, a list of whole numbers, a flag, or as they are. */
export type AttributeValue = string | number | boolean | readonly number[] | readonly string[] | Attribute;

export class GraphBuilder {
  readonly nodes: object[] = [];
  readonly weights: { name: string; shape: number[]; dtype: 'float32' | 'int32'; values: readonly number[] }[] = [];
  private names = 0;

  name(role: string): string {
    return `${role}_${this.names++}`;
  }

  input(shape: readonly number[], name = this.name('input')): string {
    const dim = shape.map((size) => ({ size: String(size) }));
    this.nodes.push({ name, op: 'Placeholder', attr: { shape: { shape: { dim } }, dtype: { type: 'DT_FLOAT' } } });
    return name;
  }

  constant(shape: readonly number[], values: readonly number[], dtype: 'float32' | 'int32' = 'float32'): string {
    const name = this.name('const');
    const type = dtype === 'float32' ? 'DT_FLOAT' : 'DT_INT32';
    const tensorShape = { dim: shape.map((size) => ({ size: String(size) })) };
    const attr = { dtype: { type }, value: { tensor: { dtype: type, tensorShape } } };
    this.nodes.push({ name, op: 'Const', attr });
    this.weights.push({ name, shape: [...shape], dtype, values });
    return name;
  }

  list(values: readonly number[], shape: readonly number[] = [values.length]): string {
    return this.constant(shape, values, 'int32');
  }

  add(
    op: string,
    input: readonly string[],
    attributes: Readonly<Record<string, AttributeValue>> = {},
    name = this.name(op),
  ) {
    const entries = Object.entries(attributes).map(([key, value]) => [key, encode(value)]);
    this.nodes.push({ name, op, input: [...input], attr: { T: { type: 'DT_FLOAT' }, ...Object.fromEntries(entries) } });
    return name;
  }

  /** The model; without outputs it has no signature. */
  build(inputs: readonly string[], outputs: readonly string[] = []): io.ModelArtifacts {
    const tensors = this.weights.map(({ values, dtype }) =>
      dtype === 'int32' ? Int32Array.from(values) : Float32Array.from(values),
    );
    const bytes = tensors.flatMap((tensor) => [...new Uint8Array(tensor.buffer)]);
    const entry = (name: string) => [name, { name: `${name}:0` }];
    const signature = {
      inputs: Object.fromEntries(inputs.map(entry)),
      outputs: Object.fromEntries(outputs.map(entry)),
    };
    return {
      modelTopology: { node: this.nodes, versions: { producer: 987 } },
      format: 'graph-model',
      weightSpecs: this.weights.map(({ name, shape, dtype }) => ({ name, shape, dtype })),
      weightData: Uint8Array.from(bytes).buffer,
      ...(outputs.length > 0 && { signature }),
    };
  }
}

function encode(value: AttributeValue): object {
  if (typeof value === 'string') return { s: btoa(value) };
  if (typeof value === 'boolean') return { b: value };
  if (typeof value === 'number') return Number.isInteger(value) ? { i: String(value) } : { f: value };
  if (!Array.isArray(value)) return value as Attribute;
  const texts = value.some((entry) => typeof entry === 'string');
  return { list: texts ? { s: value.map((entry) => btoa(String(entry))) } : { i: value.map(String) } };
}
