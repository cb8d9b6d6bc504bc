/** What a command that failed prints: what was found and what to do, never a stack trace unless asked. */

import { sep } from 'node:path';
import { ReparamError } from '@reparam/onnx';
import type { Io } from './io.ts';
import { printable } from './view/printable.ts';

/** A failure as plain data, for reports. */
export interface Failure {
  readonly code: string;
  readonly message: string;
  readonly hint: string | null;
}

/** Where what helps is a flag, and not the option of a function. */
const HINTS: Readonly<Record<string, string>> = {
  'already-exists': 'Name another output with -o, or replace it with --force.',
};

/** Prints an error to stderr and returns the exit code. */
export function reportFailure(error: unknown, io: Io): number {
  if (io.signal?.aborted) {
    io.stderr.write('interrupted\n');
    return 1;
  }
  const { message, hint } = describeFailure(error, io);
  printFailure(io, message, hint);
  if (io.env.REPARAM_DEBUG === '1' && error instanceof Error) io.stderr.write(`${error.stack}\n`);
  return 1;
}

/** `error: ...` and `hint: ...`, one line each. */
export function printFailure({ stderr }: Io, message: string, hint?: string | null): void {
  stderr.write(`error: ${printable(message)}\n`);
  if (hint) stderr.write(`hint: ${printable(hint)}\n`);
}

/** `warning: ...`, one line: the command goes on. */
export function printWarning({ stderr }: Io, message: string): void {
  stderr.write(`warning: ${printable(message)}\n`);
}

/** An error in words. One that is not thrown on purpose is a fault of this program, and says how to report it. */
export function describeFailure(error: unknown, { cwd }: Io): Failure {
  // Paths were made absolute; people gave them relative.
  const shorten = (text: string) => text.replaceAll(cwd.endsWith(sep) ? cwd : cwd + sep, '');
  const message = shorten(error instanceof Error ? error.message : String(error));
  if (error instanceof ReparamError) {
    const hint = HINTS[error.code] ?? error.hint;
    return { code: error.code, message, hint: hint ? shorten(hint) : null };
  }
  if (isSystemError(error)) return { code: 'file-system', message, hint: null };
  return {
    code: 'unexpected',
    message: `unexpected: ${message}`,
    hint: 'This is a fault of reparam. Please report it with what REPARAM_DEBUG=1 prints.',
  };
}

/** What the file system refuses is no fault of this program. */
function isSystemError(error: unknown): boolean {
  return error instanceof Error && 'syscall' in error && 'path' in error;
}
