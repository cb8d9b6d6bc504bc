/** Writes protobuf fields. */

import { joinBytes, totalSize } from './chunks.ts';
import { encodeText } from './text.ts';
import { BYTES, FIXED32, VARINT } from './wire.ts';

/** A field with an integer of at most 53 bits and a sign. */
export function integerField(number: number, value: number): Uint8Array {
  return Uint8Array.of(...varint(number * 8 + VARINT), ...varint(value));
}

export function floatField(number: number, value: number): Uint8Array {
  const bytes = Uint8Array.of(...varint(number * 8 + FIXED32), 0, 0, 0, 0);
  new DataView(bytes.buffer).setFloat32(bytes.length - 4, value, true);
  return bytes;
}

export function textField(number: number, text: string): Uint8Array {
  return messageField(number, [encodeText(text)]);
}

/** A field whose value is the parts one after the other: a message, or bytes. */
export function messageField(number: number, parts: readonly Uint8Array[]): Uint8Array {
  return joinBytes([fieldHeader(number, totalSize(parts)), ...parts]);
}

/** What stands before the value of a field that is a message, or bytes. */
export function fieldHeader(number: number, size: number): Uint8Array {
  return Uint8Array.of(...varint(number * 8 + BYTES), ...varint(size));
}

/** The bytes of a varint; negative numbers take ten. */
function varint(value: number): number[] {
  const bytes: number[] = [];
  let rest = BigInt.asUintN(64, BigInt(value));
  for (; rest > 127n; rest >>= 7n) bytes.push(Number(rest & 127n) | 128);
  return [...bytes, Number(rest)];
}
