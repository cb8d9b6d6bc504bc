/** Tiny models, made for one test each. */

import { create, type DescMessage, type Message, type MessageInitShape, toBinary } from '@bufbuild/protobuf';
import { DataType } from '../../src/elements/data-type.ts';
import { type AttributeProtoSchema, ModelProtoSchema } from '../proto/gen/onnx_pb.js';

type Init<Schema extends DescMessage> = Exclude<MessageInitShape<Schema>, Message>;

/** Inputs and outputs by name: the element type, and sizes, symbols, or null for a size without a name. */
export type TinyValues = Readonly<
  Record<string, readonly [type: number, ...dims: readonly (number | string | null)[]]>
>;

export interface TinyNode {
  readonly op: string;
  readonly inputs: readonly string[];
  readonly outputs: readonly string[];
  readonly attributes?: Readonly<Record<string, Omit<Init<typeof AttributeProtoSchema>, 'name'>>>;
}

export interface TinyModel {
  readonly inputs: TinyValues;
  readonly outputs: TinyValues;
  readonly nodes: readonly TinyNode[];
  /** What is said of values inside. */
  readonly values?: TinyValues;
  /** Float constants by name; a constant's shape is [length] unless it is in `shapes`. */
  readonly constants?: Readonly<Record<string, readonly number[]>>;
  readonly shapes?: Readonly<Record<string, readonly number[]>>;
}

/** The bytes of a model of opset 17. */
export function tinyModel({ inputs, outputs, nodes, values = {}, constants = {}, shapes = {} }: TinyModel): Uint8Array {
  const model = create(ModelProtoSchema, {
    irVersion: 8n,
    opsetImport: [{ domain: '', version: 17n }],
    graph: {
      name: 'tiny',
      input: Object.entries(inputs).map(valueInfo),
      output: Object.entries(outputs).map(valueInfo),
      valueInfo: Object.entries(values).map(valueInfo),
      node: nodes.map(({ op, inputs, outputs, attributes = {} }) => ({
        opType: op,
        input: [...inputs],
        output: [...outputs],
        attribute: Object.entries(attributes).map(([name, value]) => ({ name, ...value })),
      })),
      initializer: Object.entries(constants).map(([name, values]) => ({
        name,
        dataType: DataType.FLOAT,
        dims: (shapes[name] ?? [values.length]).map(BigInt),
        floatData: [...values],
      })),
    },
  });
  return toBinary(ModelProtoSchema, model);
}

/** A model with one input x, one output y, and one node that goes from one to the other. */
export function unary(op: string, type: number, dims: readonly (number | string | null)[] = [4]): Uint8Array {
  return tinyModel({
    inputs: { x: [type, ...dims] },
    outputs: { y: [type, ...dims] },
    nodes: [{ op, inputs: ['x'], outputs: ['y'] }],
  });
}

function valueInfo([name, [elemType, ...dims]]: [string, TinyValues[string]]) {
  const dim = dims.map((size) => {
    if (typeof size === 'number') return { value: { case: 'dimValue' as const, value: BigInt(size) } };
    return size === null ? {} : { value: { case: 'dimParam' as const, value: size } };
  });
  return { name, type: { value: { case: 'tensorType' as const, value: { elemType, shape: { dim } } } } };
}
