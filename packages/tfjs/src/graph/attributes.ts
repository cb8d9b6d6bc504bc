/** Attributes of a NodeDef: strings are base64 (or bytes), whole numbers are text. */
import { isObject, type JsonObject } from '../json.ts';

export type Attributes = JsonObject;

declare function atob(text: string): string;
declare function btoa(text: string): string;

function entryOf(attributes: Attributes, name: string): JsonObject {
  const value = attributes[name];
  return isObject(value) ? value : {};
}

export function stringAttribute(attributes: Attributes, name: string, fallback: string): string {
  return decodeText(entryOf(attributes, name).s) ?? fallback;
}

export function stringsAttribute(attributes: Attributes, name: string): string[] {
  return listOf(attributes, name, 's').map((text) => decodeText(text) ?? '');
}

export function numberAttribute(attributes: Attributes, name: string, fallback: number): number {
  const { i, f } = entryOf(attributes, name);
  const value = i ?? f;
  return value === undefined ? fallback : Number(value);
}

export function numbersAttribute(attributes: Attributes, name: string): number[] {
  const whole = listOf(attributes, name, 'i');
  return (whole.length > 0 ? whole : listOf(attributes, name, 'f')).map(Number);
}

export function flagAttribute(attributes: Attributes, name: string, fallback: boolean): boolean {
  const { b } = entryOf(attributes, name);
  return typeof b === 'boolean' ? b : fallback;
}

/** "DT_FLOAT" and the like; undefined where the attribute is not there. */
export function typeAttribute(attributes: Attributes, name: string): string | undefined {
  const { type } = entryOf(attributes, name);
  if (type === undefined) return undefined;
  return type === 1 ? 'DT_FLOAT' : String(type);
}

/** Whether TensorFlow.js computes an attribute's type as float32; also where the attribute is not there. */
export function isFloatType(attributes: Attributes, name: string): boolean {
  const type = typeAttribute(attributes, name);
  return type === undefined || FLOATS.has(type);
}

const FLOATS: ReadonlySet<string> = new Set(['DT_FLOAT', 'DT_HALF', 'DT_DOUBLE']);

/** Sizes of a shape, -1 where open; null where even the rank is. */
export function shapeAttribute(attributes: Attributes, name: string): number[] | null {
  return readShape(entryOf(attributes, name).shape);
}

export function readShape(shape: unknown): number[] | null {
  if (!isObject(shape) || shape.unknownRank === true) return null;
  const dims = shape.dim ?? [];
  if (!Array.isArray(dims)) return null;
  return dims.map((dim) => (isObject(dim) && dim.size !== undefined ? Number(dim.size) : -1));
}

function listOf(attributes: Attributes, name: string, kind: string): unknown[] {
  const { list } = entryOf(attributes, name);
  const entries = isObject(list) ? list[kind] : undefined;
  return Array.isArray(entries) ? entries : [];
}

function decodeText(text: unknown): string | undefined {
  if (Array.isArray(text)) return String.fromCharCode(...(text as number[]));
  if (typeof text !== 'string') return undefined;
  try {
    return atob(text);
  } catch {
    return undefined;
  }
}

/** Attributes to write. */
type Written = Readonly<Record<string, unknown>>;

export const write = {
  string: (text: string): Written => ({ s: btoa(text) }),
  strings: (texts: readonly string[]): Written => ({ list: { s: texts.map((text) => btoa(text)) } }),
  whole: (value: number): Written => ({ i: String(value) }),
  wholes: (values: readonly number[]): Written => ({ list: { i: values.map(String) } }),
  float: (value: number): Written => ({ f: value }),
  flag: (value: boolean): Written => ({ b: value }),
  type: (type: string): Written => ({ type }),
  tensor: (dtype: string, shape: readonly number[]): Written => ({
    tensor: { dtype, tensorShape: { dim: shape.map((size) => ({ size: String(size) })) } },
  }),
};
