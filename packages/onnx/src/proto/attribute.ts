/** One attribute of a node: a number, text, tensor or subgraph, or a list of them. */

import { type FieldPlace, Fields, type Span } from './fields.ts';
import { type OnnxGraph, readGraph } from './graph.ts';
import { type OnnxSparseTensor, readSparseTensor } from './sparse-tensor.ts';
import { type FileContext, type OnnxTensor, readTensor } from './tensor.ts';
import { BYTES, FIXED32, VARINT } from './wire.ts';

/** `AttributeProto.AttributeType`. */
export const AttributeType = {
  UNDEFINED: 0,
  FLOAT: 1,
  INT: 2,
  STRING: 3,
  TENSOR: 4,
  GRAPH: 5,
  FLOATS: 6,
  INTS: 7,
  STRINGS: 8,
  TENSORS: 9,
  GRAPHS: 10,
  SPARSE_TENSOR: 11,
  SPARSE_TENSORS: 12,
  TYPE_PROTO: 13,
  TYPE_PROTOS: 14,
} as const;

/** An attribute; of its values only the one of its type is there. */
export interface OnnxAttribute {
  readonly name: string;
  /** One of `AttributeType`. */
  readonly type: number;
  /** The attribute of the function around, whose value it takes in each call. It then has no value itself. */
  readonly reference?: string;
  readonly int?: number;
  readonly float?: number;
  /** Absent for text over 64 KiB, such as a compiled engine. */
  readonly string?: string;
  readonly tensor?: OnnxTensor;
  readonly sparseTensor?: OnnxSparseTensor;
  readonly graph?: OnnxGraph;
  readonly ints?: readonly number[];
  readonly floats?: readonly number[];
  readonly strings?: readonly string[];
  readonly tensors?: readonly OnnxTensor[];
  readonly graphs?: readonly OnnxGraph[];
}

/** The type that a field implies where none is given: early exporters gave none. */
const TYPE_OF_FIELD: { readonly [field: number]: number } = {
  2: AttributeType.FLOAT,
  3: AttributeType.INT,
  4: AttributeType.STRING,
  5: AttributeType.TENSOR,
  6: AttributeType.GRAPH,
  7: AttributeType.FLOATS,
  8: AttributeType.INTS,
  9: AttributeType.STRINGS,
  10: AttributeType.TENSORS,
  11: AttributeType.GRAPHS,
  22: AttributeType.SPARSE_TENSOR,
};

/** Everything an AttributeProto holds, of whatever type. A value that is not there is its type's default. */
interface AttributeFields {
  name: string;
  type: number;
  int: number;
  float: number;
  string: string | undefined;
  readonly ints: number[];
  readonly floats: number[];
  readonly strings: string[];
  reference: string;
  readonly messages: { readonly number: number; readonly place: FieldPlace }[];
}

/** Reads an AttributeProto of a node in a graph of the given depth. */
export function readAttribute(context: FileContext, span: Span, depth: number): OnnxAttribute {
  const fields = readFields(new Fields(context.skeleton, [span]));
  const { name, type, reference } = fields;
  if (reference !== '') return { name, type, reference };
  return { name, type, ...typedValue(context, fields, depth) };
}

/** The name alone. */
export function readAttributeName(context: FileContext, span: Span): string {
  let name = '';
  const fields = new Fields(context.skeleton, [span]);
  while (fields.next()) if (fields.tag === ((1 << 3) | BYTES)) name = fields.text;
  return name;
}

/** Whether it holds a subgraph. */
export function hasSubgraph(context: FileContext, span: Span): boolean {
  const fields = new Fields(context.skeleton, [span]);
  while (fields.next()) if (fields.tag === ((6 << 3) | BYTES) || fields.tag === ((11 << 3) | BYTES)) return true;
  return false;
}

function readFields(fields: Fields): AttributeFields {
  const found: AttributeFields = {
    name: '',
    type: 0,
    int: 0,
    float: 0,
    string: '',
    ints: [],
    floats: [],
    strings: [],
    reference: '',
    messages: [],
  };
  let implied = 0;
  while (fields.next()) {
    implied = TYPE_OF_FIELD[fields.number] ?? implied;
    if (fields.number === 7) fields.readFloats(found.floats);
    else if (fields.number === 8) fields.readIntegers(found.ints);
    else if (fields.tag === ((1 << 3) | BYTES)) found.name = fields.text;
    else if (fields.tag === ((20 << 3) | VARINT)) found.type = fields.low;
    else if (fields.tag === ((21 << 3) | BYTES)) found.reference = fields.text;
    else if (fields.tag === ((2 << 3) | FIXED32)) found.float = fields.float;
    else if (fields.tag === ((3 << 3) | VARINT)) found.int = fields.signed;
    else if (fields.tag === ((4 << 3) | BYTES)) found.string = fields.resident ? fields.text : undefined;
    else if (fields.tag === ((9 << 3) | BYTES)) found.strings.push(fields.text);
    else if ((fields.tag & 7) === BYTES) found.messages.push({ number: fields.number, place: fields.place });
  }
  found.type ||= implied;
  return found;
}

function typedValue(context: FileContext, fields: AttributeFields, depth: number): Partial<OnnxAttribute> {
  const spans = (number: number) =>
    fields.messages.filter((message) => message.number === number).map(({ place }) => place);
  switch (fields.type) {
    case AttributeType.FLOAT:
      return { float: fields.float };
    case AttributeType.INT:
      return { int: fields.int };
    case AttributeType.STRING:
      return fields.string === undefined ? {} : { string: fields.string };
    case AttributeType.TENSOR:
      return { tensor: readTensor(context, spans(5)) };
    case AttributeType.GRAPH:
      return { graph: readGraph(context, spans(6), depth + 1) };
    case AttributeType.FLOATS:
      return { floats: fields.floats };
    case AttributeType.INTS:
      return { ints: fields.ints };
    case AttributeType.STRINGS:
      return { strings: fields.strings };
    case AttributeType.TENSORS:
      return { tensors: spans(10).map((span) => readTensor(context, [span])) };
    case AttributeType.GRAPHS:
      return { graphs: spans(11).map((span) => readGraph(context, [span], depth + 1)) };
    case AttributeType.SPARSE_TENSOR:
      return { sparseTensor: readSparseTensor(context, spans(22)) };
    default:
      return {};
  }
}
