/** Where `convert` writes: one path or two, --output, folders, several inputs, patterns, stdin and stdout. */

import { copyFileSync, mkdirSync, truncateSync, writeFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { useWorkspace } from './command-line.ts';

const space = useWorkspace();

const copy = (name: string) => copyFileSync(space.path('digits.onnx'), space.path(name));

test('a second path that is not there is the output', async () => {
  expect((await space.run('convert', 'digits.onnx', 'small.onnx', '-q')).code).toBe(0);
  expect(space.list()).toEqual(['digits.onnx', 'small.onnx']);
});

test('a second path that is there is ambiguous, and never overwritten, even with --force', async () => {
  copy('other.onnx');
  for (const flags of [[], ['--force']]) {
    const { code, err } = await space.run('convert', 'digits.onnx', 'other.onnx', ...flags);
    expect(code).toBe(1);
    expect(err).toMatch(/^error: "other\.onnx" exists: .*\nhint: .*-o other\.onnx --force/);
  }
  expect(space.read('other.onnx').equals(space.read('digits.onnx'))).toBe(true);
  expect((await space.run('convert', 'digits.onnx', 'other.onnx', '--check')).code).toBe(2);
});

test('--output names a file or a folder, which is made', async () => {
  expect((await space.run('convert', 'digits.onnx', '-o', 'out.onnx', '-q')).code).toBe(0);
  expect((await space.run('convert', 'digits.onnx', '-o', 'a/b/', '-q')).code).toBe(0);
  mkdirSync(space.path('there'));
  expect((await space.run('convert', 'digits.onnx', '-o', 'there', '-q')).code).toBe(0);
  expect((await space.run('convert', 'digits.onnx', 'there', '-q', '-f')).code).toBe(0);
  for (const name of ['out.onnx', 'a/b/digits.deploy.onnx', 'there/digits.deploy.onnx'])
    expect(space.exists(name), name).toBe(true);
});

test('an output that exists is kept, unless --force says so', async () => {
  writeFileSync(space.path('digits.deploy.onnx'), 'precious');
  for (const flags of [[], ['--verify'], ['-o', 'digits.deploy.onnx']]) {
    const { code, err } = await space.run('convert', 'digits.onnx', ...flags);
    expect(code).toBe(1);
    expect(err).toMatch(/^error: .*exists already.*\nhint: .*--force/);
  }
  expect(space.read('digits.deploy.onnx').toString()).toBe('precious');
  expect((await space.run('convert', 'digits.onnx', '--force', '--verify')).code).toBe(0);
  expect(space.read('digits.deploy.onnx').length).toBeGreaterThan(100_000);
});

test('the input itself is replaced only with --force', async () => {
  const before = space.read('digits.onnx');
  const refused = await space.run('convert', 'digits.onnx', '-o', './digits.onnx');
  expect(refused.code).toBe(1);
  expect(refused.err).toMatch(/is an input and would be overwritten/);
  expect(space.read('digits.onnx').equals(before)).toBe(true);
  expect((await space.run('convert', 'digits.onnx', '-o', 'digits.onnx', '--force')).code).toBe(0);
  expect(space.read('digits.onnx').length).toBeLessThan(before.length);
  expect(space.list()).toEqual(['digits.onnx']);
});

test('several inputs: one table, one line for all', async () => {
  copy('b.onnx');
  copy('c.onnx');
  const { code, out } = await space.run('convert', 'digits.onnx', 'b.onnx', 'c.onnx', '-o', 'deploy');
  expect(code).toBe(0);
  expect(out).toMatch(/^input +output +result +size/);
  expect(out.match(/9 fused/g)).toHaveLength(3);
  expect(out).toMatch(/\n3 files, 27 fusions, \d+\.\d\d s\n$/);
  expect(space.exists('deploy/c.deploy.onnx')).toBe(true);
});

test('a bad file among several fails alone, with exit code 1', async () => {
  copy('short.onnx');
  truncateSync(space.path('short.onnx'), 100_000);
  const { code, out, err } = await space.run('convert', 'short.onnx', 'digits.onnx', 'missing.onnx');
  expect(code).toBe(1);
  expect(out).toMatch(/short\.onnx .*error: /);
  expect(out).toMatch(/3 files, 9 fusions, .*, 2 failed/);
  expect(err).toMatch(/^error: short\.onnx: .*$/m);
  expect(err).toMatch(/^error: missing\.onnx: .*no such file/m);
  expect(space.list()).toEqual(['digits.deploy.onnx', 'digits.onnx', 'short.onnx']);
});

test('patterns, and a second run that converts nothing twice', async () => {
  mkdirSync(space.path('models'));
  copy('models/a.onnx');
  copy('models/b.onnx');
  expect((await space.run('convert', 'models/*.onnx')).code).toBe(0);
  const again = await space.run('convert', '**/*.onnx', '--force', '--format', 'json');
  const inputs = JSON.parse(again.out).files.map(({ input }: { input: string }) => input);
  expect(inputs).toEqual(['digits.onnx', 'models/a.onnx', 'models/b.onnx']);
  expect((await space.run('convert', 'models/*.deploy.onnx', '--check')).code).toBe(0);
});

test('a pattern that matches nothing is an error', async () => {
  const { code, err } = await space.run('convert', 'nothing-*.onnx');
  expect(code).toBe(1);
  expect(err).toMatch(/^error: no file matches "nothing-\*\.onnx"/);
});

test('a name with brackets is a file before it is a pattern', async () => {
  copy('model[1].onnx');
  expect((await space.run('convert', 'model[1].onnx', '-q')).code).toBe(0);
  expect(space.exists('model[1].deploy.onnx')).toBe(true);
});

test('several inputs do not go to one file, and two of one name not to one folder', async () => {
  mkdirSync(space.path('a'));
  copy('a/digits.onnx');
  const one = await space.run('convert', 'digits.onnx', 'a/digits.onnx', '-o', 'out.onnx');
  expect(one).toMatchObject({ code: 1, err: expect.stringMatching(/cannot be written to one file/) });
  const same = await space.run('convert', 'digits.onnx', 'a/digits.onnx', '-o', 'out');
  expect(same).toMatchObject({ code: 1, err: expect.stringMatching(/both be written to/) });
  expect(space.list()).toEqual(['a', 'digits.onnx']);
});

test('stdin to stdout: the same bytes as through files, and the report on stderr', async () => {
  await space.run('convert', 'digits.onnx', 'by-file.onnx');
  const expected = space.read('by-file.onnx');
  const stdin = space.read('digits.onnx');
  for (const [surroundings, argv] of [
    [{ stdin }, ['-']],
    [{ stdin }, ['-', '-', '--verify']],
    [{}, ['digits.onnx', '-']],
    [{}, ['digits.onnx', '-o', '-']],
  ] as const) {
    const { code, bytes, err } = await space.runIn(surroundings, 'convert', ...argv);
    expect(code).toBe(0);
    expect(bytes.equals(expected), argv.join(' ')).toBe(true);
    expect(err).toMatch(/75 -> 21 operators/);
  }
  expect((await space.runIn({ stdin }, 'convert', '-', 'by-pipe.onnx')).code).toBe(0);
  expect(space.read('by-pipe.onnx').equals(expected)).toBe(true);
});

test('a model is not printed on a terminal, and not read from one', async () => {
  const printed = await space.runIn({ stdoutIsTTY: true }, 'convert', 'digits.onnx', '-');
  expect(printed).toMatchObject({ code: 1, out: '', err: expect.stringMatching(/binary/) });
  const read = await space.run('convert', '-');
  expect(read).toMatchObject({ code: 1, out: '', err: expect.stringMatching(/nothing is piped/) });
});
