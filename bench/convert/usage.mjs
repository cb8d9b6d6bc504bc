/**
 * Preloaded into each measured process (`node --import`): on exit, writes its own peak of resident memory in bytes to
 * the file named by USAGE_FILE.
 */
import { readFileSync, writeFileSync } from 'node:fs';

process.on('exit', () => {
  writeFileSync(process.env.USAGE_FILE, String(peakMemory()));
});

/** On Linux the kernel's own figure for this program; getrusage's also counts the process it was forked from. */
function peakMemory() {
  try {
    return Number(/VmHWM:\s+(\d+) kB/.exec(readFileSync('/proc/self/status', 'utf8'))[1]) * 1024;
  } catch {
    return process.resourceUsage().maxRSS * 1024;
  }
}
