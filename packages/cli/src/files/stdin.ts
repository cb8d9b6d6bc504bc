/** A model from stdin. */

import { ReparamError } from '@reparam/onnx';
import type { Io } from '../io.ts';

/** All bytes of stdin. Throws a ReparamError if nothing is piped into it. */
export async function readStdin({ stdin }: Io): Promise<Uint8Array> {
  if (!stdin || ('isTTY' in stdin && stdin.isTTY))
    throw new ReparamError('"-" reads a model from stdin, and nothing is piped into it.', {
      code: 'usage',
      hint: 'reparam convert - < model.onnx > model.deploy.onnx',
    });
  const pieces: Uint8Array[] = [];
  for await (const piece of stdin) pieces.push(piece);
  const bytes = new Uint8Array(pieces.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const piece of pieces) {
    bytes.set(piece, at);
    at += piece.length;
  }
  return bytes;
}
