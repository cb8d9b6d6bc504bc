/** Errors of the file system, in plain words. */

import { ReparamError } from '@reparam/core';

const REASONS: { readonly [code: string]: string } = {
  EACCES: 'permission is denied.',
  EPERM: 'permission is denied.',
  EROFS: 'the disk is read-only.',
  EISDIR: 'it is a folder.',
  ENOTDIR: 'a part of the path is not a folder.',
  ENOSPC: 'the disk is full.',
};

/** The error for a file that cannot be read or written; `cause` is what the file system threw, or the reason in words. */
export function fileError(path: string, action: 'read' | 'written', cause: unknown): ReparamError {
  if (cause instanceof ReparamError) return cause;
  if ((cause as { code?: string }).code === 'EEXIST') return existsError(path);
  const reason = typeof cause === 'string' ? cause : reasonOf(cause as { code?: string; message?: string }, action);
  return new ReparamError(`"${path}" cannot be ${action}: ${reason}`, {
    code: action === 'read' ? 'cannot-read' : 'cannot-write',
    ...(typeof cause === 'string' ? {} : { cause }),
  });
}

/** The error for a file that would be replaced unasked. */
export function existsError(path: string): ReparamError {
  return new ReparamError(`"${path}" cannot be written: it exists already.`, {
    code: 'already-exists',
    hint: 'Give another path, or overwrite: true to replace it.',
  });
}

function reasonOf({ code = '', message = '' }: { code?: string; message?: string }, action: string): string {
  if (code === 'ENOENT') return action === 'read' ? 'there is no such file.' : 'its folder does not exist.';
  return REASONS[code] ?? message;
}
