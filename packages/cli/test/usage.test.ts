/** Wrong usage and bad files: one clear line, a non-zero exit code, nothing half-written. Help and version. */

import { copyFileSync, mkdirSync, readFileSync, truncateSync, writeFileSync } from 'node:fs';
import { beforeEach, expect, test } from 'vitest';
import { repositoryFile, useWorkspace } from './command-line.ts';

const space = useWorkspace();

beforeEach(() => {
  writeFileSync(space.path('text.onnx'), 'not a model');
  writeFileSync(space.path('empty.onnx'), '');
  writeFileSync(space.path('lfs.onnx'), 'version https://git-lfs.github.com/spec/v1\noid sha256:0\nsize 1\n');
  copyFileSync(space.path('digits.onnx'), space.path('short.onnx'));
  truncateSync(space.path('short.onnx'), 100_000);
  mkdirSync(space.path('folder'));
  space.add('external.onnx', 'packages/testing/fixtures/opsets/external.onnx'); // without the file beside it
});

test.each([
  ['no file', ['convert', 'missing.onnx'], /^error: "missing\.onnx" cannot be read: there is no such file/],
  ['a folder', ['convert', 'folder'], /the model of that folder, cannot be read/],
  ['not ONNX', ['convert', 'text.onnx'], /is text, expected an ONNX model/],
  ['an empty file', ['convert', 'empty.onnx'], /is empty, expected an ONNX model/],
  ['a git-lfs pointer', ['convert', 'lfs.onnx'], /git-lfs/],
  ['a truncated file', ['convert', 'short.onnx'], /^error: "short\.onnx" is damaged/],
  [
    'no external data',
    ['inspect', 'external.onnx'],
    /its data in "external\.onnx_data", which cannot be read: there is no/,
  ],
  ['a truncated file, verified', ['convert', 'short.onnx', '--verify'], /damaged/],
  ['a folder that does not exist', ['convert', 'digits.onnx', '-o', 'none/out.onnx'], /its folder does not exist/],
  ['a folder that is a file', ['convert', 'digits.onnx', '-o', 'text.onnx/out.onnx'], /not a folder|not a directory/],
  [
    'a folder that is a file, verified',
    ['convert', 'digits.onnx', '-o', 'text.onnx/o.onnx', '--verify'],
    /cannot be written/,
  ],
  ['a folder that cannot be made', ['convert', 'digits.onnx', '-o', 'text.onnx/deep/'], /cannot be/],
  ['no input', ['convert'], /missing required argument 'paths'/],
  ['an unknown flag', ['convert', 'digits.onnx', '--no-such-flag'], /unknown option '--no-such-flag'/],
  ['an unknown way with borders', ['convert', 'digits.onnx', '--border', 'wrap'], /Allowed choices are exact, repair/],
  ['an unknown command', ['shrink', 'digits.onnx'], /unknown command 'shrink'/],
  ['too many inputs', ['inspect', 'digits.onnx', 'text.onnx'], /too many arguments/],
  ['an unknown format', ['inspect', 'digits.onnx', '--format', 'yaml'], /Allowed choices are table, json, md, csv/],
  ['a shape without a name', ['inspect', 'digits.onnx', '--shape', '1,3,224,224'], /'--shape .*image=1,3,224,224/],
  ['a shape with a letter', ['inspect', 'digits.onnx', '--shape', 'image=1,a'], /'--shape .*image=1,3,224,224/],
  ['a shape twice', ['inspect', 'digits.onnx', '--shape', 'a=1', '--shape', 'a=2'], /"a" is given twice/],
  ['a range upside down', ['verify', 'a', 'b', '--range', 'image=1,0'], /'--range .*image=0,255/],
  ['an input without a file', ['verify', 'a', 'b', '--input', 'image='], /'--input .*image=photo\.npy/],
  ['a proof of nothing', ['convert', 'digits.onnx', '--proof', '0'], /'--proof .*or full/],
  ['a seed that is no number', ['convert', 'digits.onnx', '--seed', '-1'], /'--seed .*whole number/],
  ['a tolerance of 0', ['verify', 'a', 'b', '--tolerance', '0'], /'--tolerance .*above 0/],
  ['no time', ['bench', 'digits.onnx', '--seconds', 'x'], /'--seconds .*above 0/],
  ['an unknown runtime', ['bench', 'digits.onnx', '--runtime', 'gpu'], /Allowed choices are node, web/],
  ['too many threads', ['bench', 'digits.onnx', '--threads', '99999'], /'--threads .*from 1 to 256/],
  ['samples of no run', ['convert', 'digits.onnx', '--samples', '3'], /--samples is given, .*\nhint: Add --verify/],
  ['a tolerance of no run', ['expand', 'digits.onnx', '--block', 'acnet', '--tolerance', '1'], /hint: Add --verify/],
  ['a rank of no branch', ['expand', 'digits.onnx', '--block', 'acnet', '--rank', '2'], /"acnet", which has none/],
  ['samples of no statistics', ['insert-norm', 'digits.onnx', '--samples', '3'], /hint: Add --measure or --verify/],
  ['an empty argument', ['inspect', ''], /an argument is empty/],
  ['a shape of no input', ['convert', 'digits.onnx', '--shape', 'foo=1,2'], /no input "foo", expected "image"/],
  ['a shape of other rank', ['convert', 'digits.onnx', '--shape', 'image=1,1,16'], /\[1, 1, 16\], expected \[/],
  ['a shape that is another', ['inspect', 'digits.onnx', '--shape', 'image=1,3,16,16'], /expected \[\?, 1, 16, 16\]/],
  ['verify of two formats', ['verify', 'digits.onnx', 'folder'], /two of one format/],
  ['verify without a second model', ['verify', 'digits.onnx'], /missing required argument 'b'/],
  ['verify of a text', ['verify', 'digits.onnx', 'text.onnx'], /is text, expected an ONNX model/],
  ['bench of no file', ['bench', 'missing.onnx'], /there is no such file/],
])('%s', async (_, argv, message) => {
  const before = space.list();
  const { code, out, err } = await space.run(...argv);
  expect(code).toBe(1);
  expect(out).toBe('');
  expect(err).toMatch(message);
  expect(err).toMatch(/^error: .*\n(hint: .*\n)?$/);
  expect(space.list()).toEqual(before);
});

test('what is not meant to happen says so; the stack is shown only with REPARAM_DEBUG', async () => {
  const stdin = { [Symbol.asyncIterator]: () => ({ next: () => Promise.reject(new Error('the pipe broke')) }) };
  const plain = await space.runIn({ stdin }, 'convert', '-');
  expect(plain.code).toBe(1);
  expect(plain.err).toMatch(/^error: unexpected: .*\nhint: .*report it.*\n$/);
  const debug = await space.runIn({ stdin, env: { REPARAM_DEBUG: '1' } }, 'convert', '-');
  expect(debug.err).toMatch(/\n\s+at /);
});

test('--version and --help', async () => {
  const { version } = JSON.parse(readFileSync(repositoryFile('packages/cli/package.json'), 'utf8'));
  expect(await space.run('--version')).toMatchObject({ code: 0, out: `${version}\n`, err: '' });
  const help = await space.run('--help');
  expect(help).toMatchObject({ code: 0, err: '' });
  for (const command of ['convert', 'inspect', 'verify', 'bench']) {
    expect(help.out).toMatch(new RegExp(`^ {2}${command} `, 'm'));
    const { code, out } = await space.run(command, '--help');
    expect(code).toBe(0);
    expect(out).toMatch(/^Usage: reparam/);
    expect(out).toMatch(/xamples:\n {2}\$ reparam /);
    for (const line of out.split('\n')) expect(line.length, line).toBeLessThanOrEqual(120);
  }
});

test('no command prints the help and fails', async () => {
  const { code, out, err } = await space.run();
  expect(code).toBe(1);
  expect(out).toBe('');
  expect(err).toMatch(/^Usage: reparam/);
});
