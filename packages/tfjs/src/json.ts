/** Reading parsed JSON of unknown shape. */

export type JsonObject = Readonly<Record<string, unknown>>;

export function isObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** A number, or a list of that many; a single number stands for all. Null for anything else. */
export function numberList(value: unknown, length: number): number[] | null {
  if (typeof value === 'number') return new Array<number>(length).fill(value);
  if (!Array.isArray(value) || !value.every((entry) => typeof entry === 'number')) return null;
  if (value.length === 1 && length > 1) return new Array<number>(length).fill(value[0]!);
  return value.length === length ? value : null;
}

/** For messages: at most 60 characters of a value's JSON. */
export function shown(value: unknown): string {
  const text = JSON.stringify(value) ?? String(value);
  return text.length > 60 ? `${text.slice(0, 59)}…` : text;
}
