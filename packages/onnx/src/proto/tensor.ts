/** One tensor of a file: its type and shape at once, its data when asked for. */

import { ReparamError, type Values } from '@reparam/core';
import { byteLengthOf, dataTypeName } from '../elements/data-type.ts';
import { elementReader } from '../elements/decode.ts';
import type { Range } from './chunks.ts';
import { type ExternalFiles, type ExternalReference, readReference } from './external.ts';
import { Fields, type Span } from './fields.ts';
import { malformed } from './malformed.ts';
import { LARGE } from './schema.ts';
import type { Skeleton } from './skeleton.ts';
import { readRange } from './source.ts';
import { isTensorData, leastLength, RAW_DATA, RawData, STRING_DATA, typedField } from './typed-data.ts';
import { BYTES, VARINT } from './wire.ts';

/** What decoders read from: the model file's skeleton, and the files beside it. */
export interface FileContext {
  readonly skeleton: Skeleton;
  readonly externalFiles: ExternalFiles;
  /** Whether it is a function's nodes that are read: only their attributes may refer to those of a call. */
  readonly inFunction?: boolean;
}

export interface OnnxTensor {
  readonly name: string;
  /** One of `DataType`. */
  readonly dataType: number;
  readonly dims: readonly number[];
  /** Number of elements. */
  readonly count: number;
  /** Length of its data as raw little-endian bytes. */
  readonly byteLength: number;
  /** Where its data lies, if not in the model file. */
  readonly external: ExternalReference | undefined;
  /** Whether `values()` can answer. Data of at most 64 KiB is loaded when the model is opened. */
  readonly loaded: boolean;
  /** The range of the external file with its data, once checked to be there; undefined without external data. */
  locate(): Promise<Range | undefined>;
  /** Makes the data available, from the file or from its external file. */
  load(): Promise<void>;
  /** Forgets data that `load()` brought. */
  release(): void;
  /**
   * The elements as float32 where they are that, else as float64; valid until `release()`. 64-bit integers beyond 2^53 become the nearest double. Throws a ReparamError if not loaded,
   * an UnsupportedError for types without a plain number, and a FormatError if the data does not fit the shape.
   */
  values(): Values;
  /** The elements as raw little-endian bytes, however the file holds them. Do not change them. */
  bytes(): Uint8Array;
}

/** Reads a TensorProto. Throws a FormatError if its dims, its type and the length of its data do not fit together. */
export function readTensor(context: FileContext, spans: readonly Span[]): OnnxTensor {
  return new FileTensor(context, spans, readTensorFields(context.skeleton, spans));
}

/** What a TensorProto says, without its data. */
interface TensorFields {
  readonly name: string;
  readonly dataType: number;
  readonly dims: readonly number[];
  readonly external: ExternalReference | undefined;
  /** Length of the data in the file, by field number. */
  readonly dataLengths: ReadonlyMap<number, number>;
  /** Ranges of the file with data that is not in the skeleton. */
  readonly holes: readonly { readonly field: number; readonly start: number; readonly end: number }[];
}

const EXTERNAL = 1;

function readTensorFields(skeleton: Skeleton, spans: readonly Span[]): TensorFields {
  let name = '';
  let dataType = 0;
  let location = 0;
  const dims: number[] = [];
  const entries = new Map<string, string>();
  const dataLengths = new Map<number, number>();
  const holes: { field: number; start: number; end: number }[] = [];
  const fields = new Fields(skeleton, spans);
  while (fields.next()) {
    const { number } = fields;
    if (number === 1) fields.readIntegers(dims);
    else if (fields.tag === ((2 << 3) | VARINT)) dataType = fields.low | 0;
    else if (fields.tag === ((8 << 3) | BYTES)) name = fields.text;
    else if (fields.tag === ((13 << 3) | BYTES)) entries.set(...readEntry(skeleton, fields.span));
    else if (fields.tag === ((14 << 3) | VARINT)) location = fields.low;
    else if (isTensorData(fields.tag)) {
      const { fileValueStart: start, fileEnd: end } = fields;
      // The last raw data counts; typed data adds up.
      dataLengths.set(number, end - start + (number === RAW_DATA ? 0 : (dataLengths.get(number) ?? 0)));
      if (!fields.resident) holes.push({ field: number, start, end });
    }
  }
  const external = location === EXTERNAL ? readReference(entries, name) : undefined;
  return { name, dataType, dims, external, dataLengths, holes };
}

function readEntry(skeleton: Skeleton, span: Span): [key: string, value: string] {
  const entry: [string, string] = ['', ''];
  const fields = new Fields(skeleton, [span]);
  while (fields.next()) {
    if (fields.tag === ((1 << 3) | BYTES)) entry[0] = fields.text;
    else if (fields.tag === ((2 << 3) | BYTES)) entry[1] = fields.text;
  }
  return entry;
}

class FileTensor implements OnnxTensor {
  readonly name: string;
  readonly dataType: number;
  readonly dims: readonly number[];
  readonly count: number;
  readonly byteLength: number;
  readonly external: ExternalReference | undefined;
  readonly #context: FileContext;
  readonly #spans: readonly Span[];
  /** The field with the data. */
  readonly #field: number;
  readonly #holes: readonly { readonly start: number; readonly end: number }[];
  /** Data that was loaded, by its start in the file. */
  readonly #loadedData: Map<number, Uint8Array> = new Map();

  constructor(context: FileContext, spans: readonly Span[], fields: TensorFields) {
    this.#context = context;
    this.#spans = spans;
    this.name = fields.name;
    this.dataType = fields.dataType;
    this.dims = fields.dims;
    this.external = fields.external;
    this.count = countElements(fields);
    this.#field = fields.dataLengths.has(RAW_DATA) ? RAW_DATA : typedField(fields.dataType);
    this.#holes = fields.holes.filter(({ field }) => field === this.#field);
    this.byteLength = dataLength(fields, this.count, this.#field);
  }

  get loaded(): boolean {
    return this.#loadedData.size === (this.external ? 1 : this.#holes.length);
  }

  async locate(): Promise<Range | undefined> {
    if (this.external === undefined) return undefined;
    const expected = byteLengthOf(this.dataType, this.count);
    return this.#context.externalFiles.locate(this.external, this.name, expected);
  }

  async load(): Promise<void> {
    if (this.loaded) return;
    const external = await this.locate();
    if (external) this.#loadedData.set(0, await readRange(external.source, external.start, external.end));
    else
      for (const { start, end } of this.#holes)
        this.#loadedData.set(start, await readRange(this.#context.skeleton.source, start, end));
  }

  release(): void {
    if (this.byteLength <= LARGE) return;
    if (!this.external) for (const bytes of this.#loadedData.values()) this.#context.skeleton.source.recycle?.(bytes);
    this.#loadedData.clear();
  }

  values(): Values {
    const decode = elementReader(this.dataType);
    return decode(this.bytes());
  }

  bytes(): Uint8Array {
    if (!this.loaded)
      throw new ReparamError(`The data of tensor "${this.name}" is not loaded.`, { code: 'not-loaded' });
    if (this.external) return this.#loadedData.get(0)!;
    const typed = this.#field === RAW_DATA ? undefined : new RawData(this.dataType, this.byteLength);
    let raw: Uint8Array = new Uint8Array(0);
    const fields = new Fields(this.#context.skeleton, this.#spans);
    while (fields.next()) {
      if (fields.number !== this.#field || !isTensorData(fields.tag)) continue;
      raw = this.#loadedData.get(fields.fileValueStart) ?? fields.bytes.subarray(fields.start, fields.end);
      typed?.add(raw);
    }
    return typed?.finish() ?? raw;
  }
}

function countElements({ name, dims }: TensorFields): number {
  const wrong = dims.find((dim) => dim < 0 || !Number.isSafeInteger(dim));
  const count = dims.includes(0) ? 0 : dims.reduce((product, dim) => product * dim, 1);
  if (wrong === undefined && Number.isSafeInteger(count)) return count;
  throw malformed(`the dims ${dims.slice(0, 8)} of tensor "${name}"`, 'those of a tensor');
}

/** Checks that the data can be as long as type and shape say, before anything is allocated, and returns how long it is as raw bytes. */
function dataLength({ name, dataType, external, dataLengths }: TensorFields, count: number, field: number): number {
  const expected = byteLengthOf(dataType, count);
  const found = dataLengths.get(field);
  if (external) return expected ?? external.length ?? 0;
  if (expected === undefined || found === undefined) return expected ?? found ?? dataLengths.get(STRING_DATA) ?? 0;
  const smallest = field === RAW_DATA ? expected : leastLength(dataType, expected);
  if (found < smallest || (field === RAW_DATA && found > expected))
    throw malformed(
      `${found} bytes of data in tensor "${name}"`,
      `${smallest} for ${count} elements of ${dataTypeName(dataType)}`,
    );
  return expected;
}
