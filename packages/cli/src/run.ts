/** Runs the command line of this process: its streams, its signals, its exit code. */

import { main } from './main.ts';

/** Exit code of a process that an interrupt ended, as shells count it. */
const INTERRUPTED = 130;

/** Runs `reparam` with this process's arguments and sets its exit code. */
export async function run(): Promise<void> {
  const { argv, stdout, stderr, stdin, env } = process;
  const controller = new AbortController();
  process.on('SIGINT', () => {
    if (controller.signal.aborted) process.exit(INTERRUPTED);
    controller.abort();
  });
  // A reader that has seen enough, such as `head`, is no error.
  stdout.on('error', (error: NodeJS.ErrnoException) => process.exit(error.code === 'EPIPE' ? 0 : 1));
  const io = { stdout, stderr, stdin, cwd: process.cwd(), env, signal: controller.signal };
  const code = await main(argv.slice(2), io);
  process.exitCode = controller.signal.aborted ? INTERRUPTED : code;
}
