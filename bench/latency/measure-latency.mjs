/** Latency of models in each runtime. */
import { join } from 'node:path';
import { runProcess } from '../measure.mjs';

const RUNTIMES = [
  { runtime: 'node', threads: 1 },
  { runtime: 'node', threads: 2 },
  { runtime: 'wasm', threads: 1 },
];

/** @param {string[]} names @param {string} seconds for each model in each runtime */
export async function measureLatency(names, seconds) {
  const results = [];
  for (const name of names)
    for (const { runtime, threads } of RUNTIMES) {
      // A process of its own, since memory of wasm only grows.
      const script = join(import.meta.dirname, 'run.mjs');
      const { code, stdout, stderr } = await runProcess(process.execPath, [script, name, runtime, threads, seconds]);
      const measured = code === 0 ? JSON.parse(stdout) : { failure: stderr.trim().slice(-300) };
      const place = `${runtime}, ${threads} thread${threads === 1 ? '' : 's'}`;
      results.push({ name, runtime, threads, place, ...measured });
      console.error(name, runtime, threads, JSON.stringify(measured));
    }
  return results;
}
