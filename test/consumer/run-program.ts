/** Runs a program as a user would: its streams and its exit code, whatever it is. */
import { spawn } from 'node:child_process';

export interface Ended {
  readonly code: number;
  readonly out: string;
  readonly err: string;
}

/** What package managers tell their scripts about the project these are in: another project must not hear it. */
const OF_THIS_PROJECT = [
  'npm_config_local_prefix',
  'npm_package_json',
  'INIT_CWD',
  'NODE_PATH',
  'NODE_OPTIONS',
  'VITEST',
  'NODE_ENV',
];

/** Runs `program` in the folder `cwd`. Resolves for every exit code, and rejects if it cannot start. */
export function runProgram(program: string, args: readonly string[], cwd: string): Promise<Ended> {
  const env = Object.fromEntries(Object.entries(process.env).filter(([name]) => !OF_THIS_PROJECT.includes(name)));
  return new Promise((resolve, reject) => {
    const child = spawn(program, args, {
      cwd,
      env,
      shell: process.platform === 'win32',
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    let [out, err] = ['', ''];
    child.stdout.setEncoding('utf8').on('data', (text) => {
      out += text;
    });
    child.stderr.setEncoding('utf8').on('data', (text) => {
      err += text;
    });
    child.on('error', reject);
    child.on('close', (code) => resolve({ code: code ?? 1, out, err }));
  });
}

/** Runs `program`, and throws with all that it printed unless it ends with 0. */
export async function runWell(program: string, args: readonly string[], cwd: string): Promise<string> {
  const { code, out, err } = await runProgram(program, args, cwd);
  if (code !== 0) throw new Error(`${program} ${args.join(' ')} ended with ${code}\n\n${out}${err}`);
  return out;
}
