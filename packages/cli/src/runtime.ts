/** ONNX Runtime for the commands that run models: where it is found, and the values it is fed with. */

import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { join, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { FormatError, ReparamError, UnsupportedError } from '@reparam/onnx';
import { loadRuntime, parseNpy, type Runtime, type RuntimeKind, type TensorData } from '@reparam/onnx/verify';
import type { Named } from './flags/named-values.ts';

/**
 * The runtime of the project that the command runs in, or the one beside this program. Throws an UnsupportedError with
 * the command that adds one where there is none.
 */
export function findRuntime(cwd: string, kind?: RuntimeKind): Promise<Runtime> {
  const require = createRequire(join(cwd, 'package.json'));
  return loadRuntime({
    kind,
    importModule: async (specifier) => {
      let path: string;
      try {
        path = require.resolve(specifier);
      } catch {
        return await import(specifier);
      }
      return await import(pathToFileURL(path).href);
    },
  });
}

/** The same for work that goes on without it: null where none is installed, or none that loads. */
export async function findRuntimeIfAny(cwd: string): Promise<Runtime | null> {
  try {
    return await findRuntime(cwd);
  } catch (error) {
    if (error instanceof UnsupportedError) return null;
    throw error;
  }
}

/** Reads the .npy files of `--input`. */
export async function readInputs(paths: Named<string> = {}, cwd: string): Promise<Record<string, TensorData>> {
  const entries = Object.entries(paths).map(async ([name, path]) => [name, await readNpy(path, cwd)] as const);
  return Object.fromEntries(await Promise.all(entries));
}

async function readNpy(path: string, cwd: string): Promise<TensorData> {
  let bytes: Uint8Array;
  try {
    bytes = await readFile(resolve(cwd, path));
  } catch (cause) {
    const { code, message } = cause as NodeJS.ErrnoException;
    const reason = code === 'ENOENT' ? 'there is no such file.' : message;
    throw new ReparamError(`"${path}" cannot be read: ${reason}`, { code: 'cannot-read', cause });
  }
  try {
    return parseNpy(bytes);
  } catch (cause) {
    if (!(cause instanceof ReparamError)) throw cause;
    const hint = cause.hint ?? "Save it with NumPy: numpy.save('input.npy', array)";
    throw new FormatError(`"${path}": ${cause.message}`, { code: cause.code, hint, cause });
  }
}
