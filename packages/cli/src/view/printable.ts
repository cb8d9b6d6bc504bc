/** Makes text from a file safe for a terminal: names in a model may hold escape sequences. */

import { stripVTControlCharacters } from 'node:util';

/** Control characters, and those that reorder or hide text. */
const UNPRINTABLE = /[\p{Cc}\p{Zl}\p{Zp}\u061c\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufeff]/gu;

/** One line without control characters. */
export function printable(text: string): string {
  return stripVTControlCharacters(text.replace(/[\n\r\t]+/g, ' ')).replace(UNPRINTABLE, '');
}

/** The same value with every text in it made printable, keys too. */
export function printableDeep<Value>(value: Value): Value {
  return clean(value) as Value;
}

function clean(value: unknown): unknown {
  if (typeof value === 'string') return printable(value);
  if (Array.isArray(value)) return value.map(clean);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, entry]) => [printable(key), clean(entry)]));
}

/** A long text with its middle left out. */
export function shorten(text: string, length: number): string {
  if (text.length <= length) return text;
  const tail = Math.ceil((length - 1) * 0.6);
  return `${text.slice(0, length - 1 - tail)}…${text.slice(-tail)}`;
}
