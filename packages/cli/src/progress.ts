/** A bar on stderr while a command works, if stderr is a terminal. It appears only once the work has taken a while. */

import type { Io } from './io.ts';

export interface ProgressBar {
  update(label: string, done: number, total: number): void;
  /** Removes the bar. */
  clear(): void;
}

const DELAY = 250;
const INTERVAL = 60;
const WIDTH = 24;
const ERASE_LINE = '\r\x1b[2K';

export function openProgress(io: Io, quiet: boolean): ProgressBar {
  const { stderr } = io;
  if (quiet || !stderr.isTTY || io.env.TERM === 'dumb') return { update: () => {}, clear: () => {} };
  const start = Date.now();
  let shown = 0;
  return {
    update: (label, done, total) => {
      const now = Date.now();
      if (now - start < DELAY || now - shown < INTERVAL) return;
      shown = now;
      stderr.write(ERASE_LINE + drawBar(label, done, total, stderr.columns ?? 80));
    },
    clear: () => {
      if (shown > 0) stderr.write(ERASE_LINE);
      shown = 0;
    },
  };
}

function drawBar(label: string, done: number, total: number, columns: number): string {
  const share = total > 0 ? Math.min(done / total, 1) : 0;
  const filled = Math.round(share * WIDTH);
  const bar = '█'.repeat(filled) + '░'.repeat(WIDTH - filled);
  return `${bar} ${String(Math.floor(share * 100)).padStart(3)} % ${label}`.slice(0, columns - 1);
}
