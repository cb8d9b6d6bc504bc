/** Runs the command line of this process: its streams, its signals, its exit code. */

import { main } from './main.ts';

/** Exit codes of a process that a signal ended, as shells count them. */
const SIGNALS = { SIGINT: 130, SIGTERM: 143 } as const;

/** Runs `reparam` with this process's arguments and sets its exit code. */
export async function run(): Promise<void> {
  const { argv, stdout, stderr, stdin, env } = process;
  const controller = new AbortController();
  let stopped = 0;
  for (const [signal, code] of Object.entries(SIGNALS))
    process.on(signal, () => {
      // The first asks for an end with everything cleaned up, the second does not wait.
      if (stopped > 0) process.exit(code);
      stopped = code;
      controller.abort();
    });
  stdout.on('error', ({ code, message }: NodeJS.ErrnoException) => {
    if (code === 'EPIPE') process.exit(0); // a reader that has seen enough, such as `head`
    stderr.write(`error: stdout cannot be written: ${code === 'ENOSPC' ? 'the disk is full.' : message}\n`);
    process.exit(1);
  });
  const code = await main(argv.slice(2), { stdout, stderr, stdin, cwd: process.cwd(), env, signal: controller.signal });
  process.exitCode = stopped || code;
}
