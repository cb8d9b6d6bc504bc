/** A bar on stderr while a command works, if stderr is a terminal. It appears only once the work has taken a while. */

import type { Io } from './io.ts';
import { printable } from './view/printable.ts';

export interface ProgressBar {
  /** Now and then this returns a promise: whoever waits for it lets the process see an interrupt. */
  update(label: string, done: number, total: number): Promise<void> | undefined;
  /** Removes the bar. */
  clear(): void;
}

const DELAY = 250;
const INTERVAL = 60;
const WIDTH = 24;
const ERASE_LINE = '\r\x1b[2K';

export function openProgress(io: Io, quiet = false): ProgressBar {
  const { stderr } = io;
  const visible = !quiet && (stderr.isTTY ?? false) && io.env.TERM !== 'dumb';
  const start = Date.now();
  let last = start;
  let shown = false;
  return {
    update: (label, done, total) => {
      const now = Date.now();
      if (now - last < INTERVAL) return undefined;
      last = now;
      if (visible && now - start >= DELAY) {
        shown = true;
        stderr.write(ERASE_LINE + drawBar(printable(label), done, total, stderr.columns ?? 80));
      }
      return new Promise((resolve) => setImmediate(resolve));
    },
    clear: () => {
      if (shown) stderr.write(ERASE_LINE);
      shown = false;
    },
  };
}

function drawBar(label: string, done: number, total: number, columns: number): string {
  const share = total > 0 ? Math.min(done / total, 1) : 0;
  const filled = Math.round(share * WIDTH);
  const bar = '█'.repeat(filled) + '░'.repeat(WIDTH - filled);
  return `${bar} ${String(Math.floor(share * 100)).padStart(3)} % ${label}`.slice(0, columns - 1);
}
