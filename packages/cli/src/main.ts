/** The command line as a function: arguments in, exit code out. Commands load when they run. */

import { CommanderError } from 'commander';
import type { Io } from './io.ts';
import { createProgram } from './program.ts';

export type { Io, OutputStream } from './io.ts';

/**
 * Runs `reparam` in this process. Never throws, and never ends the process.
 *
 * @param argv The arguments after `reparam`.
 * @returns The exit code: 0 done, 1 wrong usage or a bad file, 2 outputs differ or `--check` found something to fuse.
 *
 * @example
 * const code = await main(['convert', 'model.onnx'], { stdout, stderr, cwd: '.', env: {} });
 */
export async function main(argv: readonly string[], io: Io): Promise<number> {
  let code = 0;
  const program = createProgram(io, (exitCode) => {
    code = exitCode;
  });
  try {
    if (argv.includes('')) {
      const { printFailure } = await import('./failure.ts');
      printFailure(io, 'an argument is empty.', 'A variable of the shell may not be set.');
      return 1;
    }
    await program.parseAsync([...argv], { from: 'user' });
    return code;
  } catch (error) {
    // Commander has printed it already; help that was asked for has the code 0.
    if (error instanceof CommanderError) return error.exitCode;
    const { reportFailure } = await import('./failure.ts');
    return reportFailure(error, io);
  }
}
