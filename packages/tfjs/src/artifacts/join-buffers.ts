/** Shards in one piece: a weight may begin in one and end in another. */

export function joinBuffers(buffers: readonly ArrayBuffer[]): Uint8Array<ArrayBuffer> {
  if (buffers.length === 1) return new Uint8Array(buffers[0]!);
  return joinBytes(buffers.map((buffer) => new Uint8Array(buffer)));
}

export function joinBytes(parts: readonly Uint8Array[]): Uint8Array<ArrayBuffer> {
  const joined = new Uint8Array(parts.reduce((sum, { length }) => sum + length, 0));
  let offset = 0;
  for (const part of parts) {
    joined.set(part, offset);
    offset += part.length;
  }
  return joined;
}
