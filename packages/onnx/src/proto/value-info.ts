/** What a graph says about a value: its name, element type and dims. */

import { Fields, type Span } from './fields.ts';
import type { Skeleton } from './skeleton.ts';
import { BYTES, VARINT } from './wire.ts';

export interface OnnxValueInfo {
  readonly name: string;
  /** One of `DataType`, or null if unknown or not a tensor. */
  readonly elementType: number | null;
  /** A number, a symbol's name, or null if unknown; null as a whole for an unknown rank or not a tensor. */
  readonly dims: readonly (number | string | null)[] | null;
}

/** Reads a ValueInfoProto. */
export function readValueInfo(skeleton: Skeleton, span: Span): OnnxValueInfo {
  let name = '';
  const types: Span[] = [];
  const fields = new Fields(skeleton, [span]);
  while (fields.next()) {
    if (fields.tag === ((1 << 3) | BYTES)) name = fields.text;
    else if (fields.tag === ((2 << 3) | BYTES)) types.push(fields.span);
  }
  return { name, ...readTensorType(skeleton, readType(skeleton, types)) };
}

/** Members of TypeProto's oneof beside `tensor_type`: sequence, map, opaque, sparse tensor, optional. */
const OTHER_TYPES = [4, 5, 7, 8, 9];

/** The `tensor_type` of a TypeProto, unless a later member of its oneof takes its place. */
function readType(skeleton: Skeleton, spans: readonly Span[]): Span[] {
  let tensorTypes: Span[] = [];
  const fields = new Fields(skeleton, spans);
  while (fields.next()) {
    if (fields.tag === ((1 << 3) | BYTES)) tensorTypes.push(fields.span);
    else if (OTHER_TYPES.includes(fields.number)) tensorTypes = [];
  }
  return tensorTypes;
}

function readTensorType(skeleton: Skeleton, spans: readonly Span[]): Omit<OnnxValueInfo, 'name'> {
  let elementType: number | null = null;
  let dims: (number | string | null)[] | null = null;
  const shapes: Span[] = [];
  const fields = new Fields(skeleton, spans);
  while (fields.next()) {
    if (fields.tag === ((1 << 3) | VARINT)) elementType = fields.low | 0;
    else if (fields.tag === ((2 << 3) | BYTES)) shapes.push(fields.span);
  }
  if (shapes.length > 0) {
    dims = [];
    const shape = new Fields(skeleton, shapes);
    while (shape.next()) if (shape.tag === ((1 << 3) | BYTES)) dims.push(readDim(skeleton, shape.span));
  }
  return { elementType, dims };
}

/** A size, a symbol, or null: exporters also write -1 and empty symbols for what they do not know. */
function readDim(skeleton: Skeleton, span: Span): number | string | null {
  let dim: number | string | null = null;
  const fields = new Fields(skeleton, [span]);
  while (fields.next()) {
    if (fields.tag === ((1 << 3) | VARINT)) dim = fields.signed < 0 ? null : fields.signed;
    else if (fields.tag === ((2 << 3) | BYTES)) dim = fields.text || null;
  }
  return dim;
}
