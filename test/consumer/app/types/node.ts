/** Type-checked only: the entries for Node. */
import type { Report } from '@reparam/onnx';
import { reparameterizeFile } from '@reparam/onnx/node';
import { type Io, main } from 'reparam';

export const report: Promise<Report> = reparameterizeFile('model.onnx', null, { proof: 'full' });

const { stdout, stderr, stdin, env } = process;
const io: Io = { stdout, stderr, stdin, env, cwd: process.cwd(), signal: new AbortController().signal };
export const code: Promise<number> = main(['--help'], io);

// @ts-expect-error Where to write is asked for.
void reparameterizeFile('model.onnx');
