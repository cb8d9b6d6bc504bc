/** New parts of a graph, as protobuf: nodes, tensors, outputs. */

import { AttributeType } from './attribute.ts';
import { type Chunk, chunkSize, joinBytes, totalSize } from './chunks.ts';
import { fieldHeader, floatField, integerField, messageField, textField } from './encode.ts';

/** An attribute of a new node: INTS as a plain list, else a value by its kind. */
export type NewAttribute =
  | readonly number[]
  | { readonly int: number }
  | { readonly float: number }
  | { readonly string: string }
  | { readonly floats: readonly number[] }
  | { readonly tensor: NewTensor & { readonly bytes: Uint8Array } };

export interface NewNode {
  readonly opType: string;
  readonly name: string;
  readonly inputs: readonly string[];
  readonly outputs: readonly string[];
  readonly attributes?: { readonly [name: string]: NewAttribute };
  readonly domain?: string;
  readonly docString?: string;
}

export interface NewTensor {
  readonly name: string;
  /** One of `DataType`. */
  readonly dataType: number;
  readonly dims: readonly number[];
  /** Raw little-endian elements. Those of a range are read when the model is written. */
  readonly bytes: Chunk;
}

/** Where a tensor's data goes in an external file. */
export interface ExternalPlace {
  readonly location: string;
  readonly offset: number;
  readonly length: number;
}

/** A NodeProto as a field of a graph, or of a function where it has another number. */
export function nodeField(node: NewNode, number = 1): Uint8Array {
  const { opType, name, inputs, outputs, attributes = {}, domain, docString } = node;
  return messageField(number, [
    ...inputs.map((input) => textField(1, input)),
    ...outputs.map((output) => textField(2, output)),
    textField(3, name),
    textField(4, opType),
    ...Object.entries(attributes).map(([key, value]) => attributeField(key, value)),
    ...(docString ? [textField(6, docString)] : []),
    ...(domain ? [textField(7, domain)] : []),
  ]);
}

function attributeField(name: string, value: NewAttribute): Uint8Array {
  const field = (type: number, values: readonly Uint8Array[]) =>
    messageField(5, [textField(1, name), ...values, integerField(20, type)]);
  if ('int' in value) return field(AttributeType.INT, [integerField(3, value.int)]);
  if ('float' in value) return field(AttributeType.FLOAT, [floatField(2, value.float)]);
  if ('string' in value) return field(AttributeType.STRING, [textField(4, value.string)]);
  if ('floats' in value)
    return field(
      AttributeType.FLOATS,
      value.floats.map((float) => floatField(7, float)),
    );
  // A tensor is field 5 of an attribute, as an initializer is of a graph.
  if ('tensor' in value) return field(AttributeType.TENSOR, initializerField(value.tensor) as Uint8Array[]);
  return field(
    AttributeType.INTS,
    value.map((int) => integerField(8, int)),
  );
}

/** A TensorProto as an initializer of a graph, with its data inside or at a place outside. */
export function initializerField({ name, dataType, dims, bytes }: NewTensor, place?: ExternalPlace): Chunk[] {
  const head = [...dims.map((dim) => integerField(1, dim)), integerField(2, dataType), textField(8, name)];
  if (place) return [messageField(5, [...head, ...externalFields(place), integerField(14, 1)])];
  const size = chunkSize(bytes);
  head.push(fieldHeader(9, size));
  return [joinBytes([fieldHeader(5, totalSize(head) + size), ...head]), bytes];
}

/** The `external_data` entries of a TensorProto. */
export function externalFields(place: ExternalPlace): Uint8Array[] {
  return Object.entries(place).map(([key, value]) =>
    messageField(13, [textField(1, key), textField(2, String(value))]),
  );
}

/** A graph output of which only the name is said. */
export function outputField(name: string): Uint8Array {
  return messageField(12, [textField(1, name)]);
}

/** A graph input of this element type, and of any rank. */
export function inputField(name: string, elementType: number): Uint8Array {
  return messageField(11, [textField(1, name), messageField(2, [messageField(1, [integerField(1, elementType)])])]);
}

/** A graph output of this element type and rank, and of any sizes. */
export function rankedOutputField(name: string, elementType: number, rank: number): Uint8Array {
  const shape = messageField(
    2,
    Array.from({ length: rank }, () => messageField(1, [])),
  );
  const type = messageField(2, [messageField(1, [integerField(1, elementType), shape])]);
  return messageField(12, [textField(1, name), type]);
}
