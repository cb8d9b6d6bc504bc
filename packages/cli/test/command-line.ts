/** Runs command lines in this process, in a folder of their own with real models. */

import { copyFileSync, existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach } from 'vitest';
import { main } from '../src/main.ts';

const ROOT = new URL('../../../', import.meta.url);

/** Path of a file of this repository. */
export function repositoryFile(path: string): string {
  return fileURLToPath(new URL(path, ROOT));
}

export const DIGITS: string = repositoryFile('examples/digits/digits-train.onnx');

export interface Result {
  readonly code: number;
  readonly out: string;
  readonly err: string;
  /** What went to stdout, byte for byte. */
  readonly bytes: Buffer;
}

export interface Surroundings {
  readonly stdin?: Uint8Array | AsyncIterable<Uint8Array>;
  readonly env?: Readonly<Record<string, string>>;
  readonly stdoutIsTTY?: boolean;
  readonly stderrIsTTY?: boolean;
  readonly signal?: AbortSignal;
}

export interface Workspace {
  readonly folder: string;
  run(...argv: string[]): Promise<Result>;
  runIn(surroundings: Surroundings, ...argv: string[]): Promise<Result>;
  path(name: string): string;
  read(name: string): Buffer;
  exists(name: string): boolean;
  /** Names in the folder, sorted. */
  list(): string[];
  /** Copies a file of this repository into the folder. */
  add(name: string, path: string): void;
}

/** A fresh folder for each test of the file, with the trained digits network as digits.onnx. */
export function useWorkspace(): Workspace {
  let folder = '';
  const path = (name: string) => join(folder, name);
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'reparam-'));
    copyFileSync(DIGITS, path('digits.onnx'));
  });
  afterEach(() => rmSync(folder, { recursive: true }));
  const runIn = (surroundings: Surroundings, ...argv: string[]) => runCommand(folder, surroundings, argv);
  return {
    get folder() {
      return folder;
    },
    path,
    runIn,
    run: (...argv) => runIn({}, ...argv),
    read: (name) => readFileSync(path(name)),
    exists: (name) => existsSync(path(name)),
    list: () => readdirSync(folder).sort(),
    add: (name, file) => copyFileSync(repositoryFile(file), path(name)),
  };
}

async function runCommand(cwd: string, surroundings: Surroundings, argv: readonly string[]): Promise<Result> {
  const out: Buffer[] = [];
  const err: Buffer[] = [];
  const { stdin, env = {}, stdoutIsTTY, stderrIsTTY, signal } = surroundings;
  const code = await main(argv, {
    stdout: { write: (chunk) => out.push(Buffer.from(chunk as string)), isTTY: stdoutIsTTY },
    stderr: { write: (chunk) => err.push(Buffer.from(chunk as string)), isTTY: stderrIsTTY, columns: 80 },
    stdin: stdin instanceof Uint8Array ? pieces(stdin) : stdin,
    cwd,
    env,
    signal,
  });
  const bytes = Buffer.concat(out);
  return { code, out: bytes.toString(), err: Buffer.concat(err).toString(), bytes };
}

/** As a pipe gives it: in pieces. */
async function* pieces(bytes: Uint8Array): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < bytes.length; at += 65536) yield bytes.subarray(at, at + 65536);
}
