/** Statistics, child processes and the machine's description, for all benches. */
import { spawn, spawnSync } from 'node:child_process';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { availableParallelism, tmpdir } from 'node:os';
import { basename, join } from 'node:path';

const here = import.meta.dirname;

export function median(values) {
  const sorted = [...values].sort((first, second) => first - second);
  const middle = (sorted.length - 1) / 2;
  return (sorted[Math.floor(middle)] + sorted[Math.ceil(middle)]) / 2;
}

/** One of the measured converters sometimes never ends. */
const LONGEST = 60_000;

/** Runs a Node script; gives its wall time in milliseconds and its peak of resident memory in bytes. */
export async function measureScript(args) {
  const usage = join(tmpdir(), `bench-usage-${process.pid}`);
  const start = performance.now();
  const { code, stderr } = await runProcess(process.execPath, ['--import', join(here, 'convert/usage.mjs'), ...args], {
    env: { ...process.env, USAGE_FILE: usage },
    timeout: LONGEST,
  });
  const time = performance.now() - start;
  if (code !== 0) throw new Error(`${basename(args[0])} ended with ${code}\n${stderr.slice(-2000)}`);
  return { time, memory: Number(readFileSync(usage, 'utf8')) };
}

/** Runs a program to its end. */
export function runProcess(program, args, options = {}) {
  return new Promise((resolve, reject) => {
    const child = spawn(program, args, { ...options, stdio: ['ignore', 'pipe', 'pipe'] });
    let stdout = '';
    let stderr = '';
    child.stdout.on('data', (data) => (stdout += data));
    child.stderr.on('data', (data) => (stderr += data));
    child.on('error', reject);
    child.on('close', (code, signal) => resolve({ code: code ?? signal, stdout, stderr }));
  });
}

/** Installs other converters from npm into bench/peers; they are no part of the workspace. */
export function installPeers() {
  const peers = join(here, 'peers');
  const args = ['install', '--no-audit', '--no-fund', '--no-package-lock', '--silent'];
  const { status, stderr } = spawnSync('npm', args, {
    cwd: peers,
    encoding: 'utf8',
    shell: process.platform === 'win32',
  });
  if (status !== 0) throw new Error(`npm install in bench/peers failed\n${stderr}`);
}

export function describeMachine() {
  const versionOf = (name) =>
    JSON.parse(readFileSync(join(here, 'node_modules', name, 'package.json'), 'utf8')).version;
  const runtimes = ['onnxruntime-node', 'onnxruntime-web'].map((name) => [name, versionOf(name)]);
  return {
    cores: availableParallelism(),
    platform: `${process.platform} ${process.arch}`,
    node: process.version,
    ...Object.fromEntries(runtimes),
  };
}

/** Writes results/<name>.json. */
export function saveResults(name, results) {
  mkdirSync(join(here, 'results'), { recursive: true });
  const text = JSON.stringify({ machine: describeMachine(), ...results }, null, 1);
  writeFileSync(join(here, 'results', `${name}.json`), `${text}\n`);
}

/** A Markdown table. */
export function formatTable(head, rows) {
  const lines = [head, head.map((_, column) => (column === 0 ? '---' : '---:')), ...rows];
  return lines.map((cells) => `| ${cells.join(' | ')} |`).join('\n');
}
