/** A sparse tensor: its non-zero values and their places. */

import { Fields, type Span } from './fields.ts';
import { type FileContext, type OnnxTensor, readTensor } from './tensor.ts';
import { BYTES } from './wire.ts';

export interface OnnxSparseTensor {
  readonly name: string;
  readonly dims: readonly number[];
  /** The non-zero elements. */
  readonly values: OnnxTensor;
  /** Their places: linear `[count]`, or by coordinates `[count, rank]`. */
  readonly indices: OnnxTensor;
}

/** Reads a SparseTensorProto. */
export function readSparseTensor(context: FileContext, spans: readonly Span[]): OnnxSparseTensor {
  const dims: number[] = [];
  const valueSpans: Span[] = [];
  const indexSpans: Span[] = [];
  const fields = new Fields(context.skeleton, spans);
  while (fields.next()) {
    if (fields.number === 3) fields.readIntegers(dims);
    else if (fields.tag === ((1 << 3) | BYTES)) valueSpans.push(fields.span);
    else if (fields.tag === ((2 << 3) | BYTES)) indexSpans.push(fields.span);
  }
  const values = readTensor(context, valueSpans);
  return { name: values.name, dims, values, indices: readTensor(context, indexSpans) };
}
