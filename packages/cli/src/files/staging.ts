/** A folder beside a file that is to be written: what is made there is checked before it takes the file's place. */

import { mkdtempSync, readdirSync, renameSync, rmSync, statSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { ReparamError } from '@reparam/onnx';

export interface Staging {
  /** Where to write the file; it has the name it will have. */
  readonly path: string;
  /** Moves everything that was written to where it belongs. */
  commit(): void;
  /** Removes the folder with all that is left in it. */
  discard(): void;
}

/** Throws a ReparamError if the file may not be written there: it exists, or its folder does not. */
export function openStaging(output: string, force: boolean): Staging {
  const target = dirname(output);
  const existing = attempt(output, () => statSync(output, { throwIfNoEntry: false }));
  if (existing && !existing.isFile()) throw cannotWrite(output, 'it exists and is not a file.');
  if (existing && !force)
    throw new ReparamError(`"${output}" cannot be written: it exists already.`, { code: 'already-exists' });
  const folder = attempt(output, () => mkdtempSync(join(target, '.reparam-')));
  return {
    path: join(folder, basename(output)),
    commit: () => {
      // The model last, so that it never stands without its data.
      const names = readdirSync(folder).sort((a, b) => Number(a === basename(output)) - Number(b === basename(output)));
      attempt(output, () => {
        for (const name of names) renameSync(join(folder, name), join(target, name));
      });
    },
    discard: () => rmSync(folder, { recursive: true, force: true }),
  };
}

const REASONS: Readonly<Record<string, string>> = {
  ENOENT: 'its folder does not exist.',
  ENOTDIR: 'a part of the path is not a folder.',
  EACCES: 'permission is denied.',
  EROFS: 'the disk is read-only.',
  ENOSPC: 'the disk is full.',
};

function attempt<Result>(output: string, action: () => Result): Result {
  try {
    return action();
  } catch (cause) {
    const { code, message } = cause as NodeJS.ErrnoException;
    throw cannotWrite(output, REASONS[code ?? ''] ?? message, cause);
  }
}

function cannotWrite(output: string, reason: string, cause?: unknown): ReparamError {
  return new ReparamError(`"${output}" cannot be written: ${reason}`, { code: 'cannot-write', cause });
}
