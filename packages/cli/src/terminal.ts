/** Where a command's lines go, and how: format, colours, quiet. */

import { ReparamError } from '@reparam/onnx';
import pico from 'picocolors';
import { printFailure } from './failure.ts';
import type { OutputFlags } from './flags/output-flags.ts';
import type { Io } from './io.ts';

export type Colors = ReturnType<typeof pico.createColors>;

export interface Terminal {
  readonly flags: OutputFlags;
  readonly colors: Colors;
  /** Prints data. */
  print(text: string): void;
  /** Prints what is for people only: nothing under `--quiet`. */
  note(text: string): void;
  /** Prints what failed to stderr, in any case. */
  fail(message: string, hint?: string | null): void;
}

/** `modelOnStdout`: a model goes to stdout, and all lines to stderr. */
export function openTerminal(io: Io, flags: OutputFlags, modelOnStdout = false): Terminal {
  const stream = modelOnStdout ? io.stderr : io.stdout;
  const colors = pico.createColors(flags.format === 'table' && wantsColor(io, flags, stream.isTTY ?? false));
  const line = (text: string) => stream.write(`${text}\n`);
  return {
    flags,
    colors,
    print: line,
    note: (text) => {
      if (!flags.quiet) line(text);
    },
    fail: (message, hint) => printFailure(io, message, hint),
  };
}

/** https://no-color.org, and FORCE_COLOR for logs that show colours. */
function wantsColor({ env }: Io, flags: OutputFlags, isTTY: boolean): boolean {
  if (!flags.color || env.NO_COLOR || env.TERM === 'dumb') return false;
  return isTTY || (env.FORCE_COLOR !== undefined && env.FORCE_COLOR !== '0');
}

/** Data as JSON. Characters that terminals act on are escaped. */
export function toJson(value: unknown): string {
  return JSON.stringify(value, null, 2).replace(
    /[\u007f-\u009f\u061c\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff]/g,
    (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
}

/** Throws a ReparamError where a model would be printed on a terminal. */
export function refuseTerminal({ stdout }: Io): void {
  if (stdout.isTTY)
    throw new ReparamError('A model is binary and is not printed on a terminal.', {
      code: 'usage',
      hint: 'Give an output path, or redirect: reparam convert model.onnx - > model.deploy.onnx',
    });
}
