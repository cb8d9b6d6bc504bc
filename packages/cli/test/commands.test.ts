/** Commands in this process, on the trained digits network: what they write, say and return. */
import {
  copyFileSync,
  existsSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { main } from '../src/main.ts';

const digits = fileURLToPath(new URL('../../../examples/digits/digits-train.onnx', import.meta.url));
let folder = '';

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'reparam-'));
  copyFileSync(digits, join(folder, 'digits.onnx'));
});

afterEach(() => rmSync(folder, { recursive: true }));

/** Runs a command line in the folder. */
async function run(...argv: string[]) {
  const out: (string | Uint8Array)[] = [];
  const err: (string | Uint8Array)[] = [];
  const io = {
    stdout: { write: (c: string | Uint8Array) => out.push(c) },
    stderr: { write: (c: string | Uint8Array) => err.push(c) },
  };
  const code = await main(argv, { ...io, cwd: folder, env: {} });
  return { code, out: out.join(''), err: err.join('') };
}

test('convert writes the deploy model beside the input, the same each time', async () => {
  const { code, out } = await run('convert', 'digits.onnx');
  expect(code).toBe(0);
  expect(out).toMatch(/75 -> 21 operators/);
  const first = readFileSync(join(folder, 'digits.deploy.onnx'));
  expect((await run('convert', 'digits.onnx', '--force')).code).toBe(0);
  expect(readFileSync(join(folder, 'digits.deploy.onnx')).equals(first)).toBe(true);
});

test('convert --verify runs both models', async () => {
  const { code, out } = await run('convert', 'digits.onnx', '--verify', '--samples', '1');
  expect(out).toMatch(/equal \(onnxruntime/);
  expect(code).toBe(0);
});

test('--check exits with 2 where anything would fuse, and with 0 where nothing would', async () => {
  expect((await run('convert', 'digits.onnx', '--check')).code).toBe(2);
  expect(readdirSync(folder)).toEqual(['digits.onnx']);
  await run('convert', 'digits.onnx');
  expect((await run('convert', 'digits.deploy.onnx', '--check')).code).toBe(0);
});

test('a model with nothing to fuse is copied unchanged, and one line says why', async () => {
  await run('convert', 'digits.onnx', 'first.onnx');
  const { code, out } = await run('convert', 'first.onnx', 'second.onnx');
  expect(code).toBe(0);
  expect(out).toMatch(/nothing to fuse/);
  expect(readFileSync(join(folder, 'second.onnx')).equals(readFileSync(join(folder, 'first.onnx')))).toBe(true);
});

test('inspect shows fusions and refusals, and writes nothing', async () => {
  const { code, out } = await run('inspect', 'digits.onnx');
  expect(code).toBe(0);
  expect(out).toMatch(/activation-between/);
  const json = JSON.parse((await run('inspect', 'digits.onnx', '--format', 'json')).out);
  expect(json.fusions ?? json.files[0].report.fusions).toHaveLength(9);
  expect(readdirSync(folder)).toEqual(['digits.onnx']);
});

test('verify exits with 0 for equal models and with 2 for different ones', async () => {
  await run('convert', 'digits.onnx');
  expect((await run('verify', 'digits.onnx', 'digits.deploy.onnx', '--samples', '1')).code).toBe(0);
  const bytes = readFileSync(join(folder, 'digits.deploy.onnx'));
  bytes.fill(63, bytes.length - 40_000, bytes.length - 20_000); // weights
  writeFileSync(join(folder, 'wrong.onnx'), bytes);
  expect((await run('verify', 'digits.onnx', 'wrong.onnx', '--samples', '1')).code).not.toBe(0);
});

test('bad input is one clear error, and nothing is half-written', async () => {
  writeFileSync(join(folder, 'text.onnx'), 'not a model');
  copyFileSync(digits, join(folder, 'short.onnx'));
  truncateSync(join(folder, 'short.onnx'), 100_000);
  const before = readdirSync(folder).sort();
  for (const argv of [
    ['convert', 'missing.onnx'],
    ['convert', 'text.onnx'],
    ['convert', 'short.onnx'],
    ['convert', 'digits.onnx', '--no-such-flag'],
    ['convert', 'digits.onnx', '-o', 'text.onnx'],
    ['convert', 'digits.onnx', '-o', 'none/out.onnx'],
    ['verify', 'digits.onnx', 'text.onnx'],
  ]) {
    const { code, err } = await run(...argv);
    expect(code, argv.join(' ')).toBe(1);
    expect(err.split('\n')[0], argv.join(' ')).toMatch(/^error: /);
    expect(err).not.toMatch(/\n\s+at /);
  }
  expect(readdirSync(folder).sort()).toEqual(before);
  expect(existsSync(join(folder, 'none'))).toBe(false);
});
