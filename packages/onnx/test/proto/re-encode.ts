/**
 * Encodes a message in another valid way: fields in another order, longer varints, lists packed or not, unknown fields,
 * submessages split in two. Readers must see the same message.
 */

import type { DescField, DescMessage } from '@bufbuild/protobuf';
import { ScalarType } from '@bufbuild/protobuf';

/** A source of random numbers below a bound. */
export type Random = (bound: number) => number;

interface RawField {
  readonly number: number;
  readonly wireType: number;
  /** The number of a varint, or the bytes of the other types. */
  readonly value: bigint | Uint8Array;
}

/** The message with its encoding changed at random. */
export function reEncode(bytes: Uint8Array, schema: DescMessage, random: Random): Uint8Array {
  const fields = readFields(bytes).flatMap((field) => reEncodeField(field, schema, random));
  const unknown = random(4) === 0 ? [unknownField(random)] : [];
  return concatenate(
    shuffle(fields, random)
      .concat(unknown)
      .flatMap((field) => writeField(field, random)),
  );
}

function reEncodeField(field: RawField, schema: DescMessage, random: Random): RawField[] {
  const desc = schema.fields.find(({ number }) => number === field.number);
  if (desc === undefined || typeof field.value === 'bigint') return [field];
  const child = desc.message;
  if (child) return splitMessage(field, desc, child, random);
  if (desc.fieldKind !== 'list' || desc.listKind !== 'scalar' || field.wireType !== 2) return [field];
  return unpack(field, desc.scalar, random);
}

/** A single submessage in two fields is their merge; a member of a list, or of a oneof, is one. */
function splitMessage(field: RawField, desc: DescField, child: DescMessage, random: Random): RawField[] {
  const bytes = reEncode(field.value as Uint8Array, child, random);
  if (desc.fieldKind === 'list' || desc.oneof || random(3) > 0) return [{ ...field, value: bytes }];
  const inner = readFields(bytes);
  const cut = random(inner.length + 1);
  const halves = [inner.slice(0, cut), inner.slice(cut)];
  return halves.map((half) => ({ ...field, value: concatenate(half.flatMap((one) => writeField(one, random))) }));
}

/** A packed list as single fields, and some of it packed again. */
function unpack(field: RawField, scalar: ScalarType, random: Random): RawField[] {
  if (scalar === ScalarType.STRING || scalar === ScalarType.BYTES) return [field];
  const { number } = field;
  const bytes = field.value as Uint8Array;
  const [wireType, size] =
    scalar === ScalarType.FLOAT ? [5, 4] : scalar === ScalarType.DOUBLE ? [1, 8] : ([0, 0] as [number, number]);
  const fields: RawField[] = [];
  for (let at = 0; at < bytes.length; ) {
    let end = at + size;
    if (size === 0) while (bytes[end++]! > 127);
    const element = bytes.subarray(at, end);
    if (random(2) === 0) fields.push({ number, wireType: 2, value: element });
    else fields.push({ number, wireType, value: size === 0 ? readVarint(element, 0).value : element });
    at = end;
  }
  return fields;
}

function unknownField(random: Random): RawField {
  const number = [900, 2 ** 20, 2 ** 29 - 1][random(3)]!;
  const group = Uint8Array.from([
    8,
    5,
    0x9b,
    1,
    13,
    1,
    2,
    3,
    4,
    0x9c,
    1,
    18,
    2,
    11,
    12,
    ...varint(BigInt(number * 8 + 4), 0),
  ]);
  const values: RawField[] = [
    { number, wireType: 0, value: 2n ** 64n - 1n },
    { number, wireType: 1, value: new Uint8Array(8) },
    { number, wireType: 2, value: new Uint8Array(random(2) ? 3 : 70_000) },
    { number, wireType: 3, value: group },
    { number, wireType: 5, value: new Uint8Array(4) },
  ];
  return values[random(values.length)]!;
}

/** Fields of one number keep their order, which has a meaning; the others do not. */
function shuffle(fields: readonly RawField[], random: Random): RawField[] {
  const queues = [...groupByNumber(fields).values()].map((queue) => [...queue]);
  const shuffled: RawField[] = [];
  while (queues.length > 0) {
    const index = random(queues.length);
    shuffled.push(queues[index]!.shift()!);
    if (queues[index]!.length === 0) queues.splice(index, 1);
  }
  return shuffled;
}

function groupByNumber(fields: readonly RawField[]): Map<number, RawField[]> {
  const groups = new Map<number, RawField[]>();
  for (const field of fields) {
    const group = groups.get(field.number);
    if (group) group.push(field);
    else groups.set(field.number, [field]);
  }
  return groups;
}

function readFields(bytes: Uint8Array): RawField[] {
  const fields: RawField[] = [];
  for (let at = 0; at < bytes.length; ) {
    const tag = readVarint(bytes, at);
    const number = Number(tag.value >> 3n);
    const wireType = Number(tag.value & 7n);
    at = tag.end;
    const varint = wireType === 0 || wireType === 2 ? readVarint(bytes, at) : undefined;
    if (varint) at = varint.end;
    if (wireType === 0) {
      fields.push({ number, wireType, value: varint!.value });
      continue;
    }
    // A group is always the last field here: see `reEncode`.
    const length = { 1: 8, 2: Number(varint?.value), 3: bytes.length - at, 5: 4 }[wireType as 1 | 2 | 3 | 5];
    fields.push({ number, wireType, value: bytes.slice(at, at + length) });
    at += length;
  }
  return fields;
}

function writeField({ number, wireType, value }: RawField, random: Random): Uint8Array[] {
  const tag = varint(BigInt(number * 8 + wireType), random(6) === 0 ? 5 : 0);
  if (typeof value === 'bigint') return [tag, varint(value, random(4) === 0 ? 10 : 0)];
  const length = wireType === 2 ? [varint(BigInt(value.length), random(4) === 0 ? 5 : 0)] : [];
  return [tag, ...length, value];
}

/** A varint of at least so many bytes. */
function varint(value: bigint, leastBytes: number): Uint8Array {
  const bytes: number[] = [];
  for (let rest = value; rest > 127n || bytes.length + 1 < leastBytes; rest >>= 7n)
    bytes.push(Number(rest & 127n) | 128);
  bytes.push(Number(value >> BigInt(7 * bytes.length)));
  return Uint8Array.from(bytes);
}

function readVarint(bytes: Uint8Array, start: number): { value: bigint; end: number } {
  let value = 0n;
  let end = start;
  for (let shift = 0n; ; shift += 7n) {
    value |= BigInt(bytes[end]! & 127) << shift;
    if (bytes[end++]! < 128) return { value, end };
  }
}

function concatenate(parts: readonly Uint8Array[]): Uint8Array {
  const bytes = new Uint8Array(parts.reduce((size, part) => size + part.length, 0));
  let at = 0;
  for (const part of parts) {
    bytes.set(part, at);
    at += part.length;
  }
  return bytes;
}
