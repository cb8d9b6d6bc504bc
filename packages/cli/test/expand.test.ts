/** `expand` and `insert-norm`: what they write, print and refuse, and that `convert` undoes them. */

import { readFileSync } from 'node:fs';
import { Ajv2020 } from 'ajv/dist/2020.js';
import { expect, test } from 'vitest';
import { repositoryFile, useWorkspace } from './command-line.ts';

const space = useWorkspace();

const ajv = new Ajv2020({ allErrors: true, allowUnionTypes: true });
for (const name of ['verify', 'report', 'expand']) {
  const file = `${name}.schema.json`;
  ajv.addSchema(JSON.parse(readFileSync(repositoryFile(`packages/cli/schema/${file}`), 'utf8')), file);
}

async function json(...argv: string[]) {
  const { out, err, code } = await space.run(...argv, '--format', 'json');
  expect(err).toBe('');
  expect(code).toBe(0);
  const document = JSON.parse(out);
  ajv.validate('expand.schema.json', document);
  expect(ajv.errors ?? []).toEqual([]);
  return document;
}

/** The deploy model of the digits network, which has 10 convolutions and a matrix product. */
async function deploy(): Promise<void> {
  expect((await space.run('convert', 'digits.onnx', 'deploy.onnx')).code).toBe(0);
}

test.each([
  ['repvgg', [], /3 Conv|2 Conv/],
  ['acnet', [], /3 Conv, 3 BatchNormalization, 2 Add/],
  ['low-rank', ['--rank', '1'], /3 Conv, Add/],
])('expand --block %s writes an equal model beside the input, which convert undoes', async (block, rank, into) => {
  await deploy();
  const { code, out, err } = await space.run('expand', 'deploy.onnx', '--block', block, ...rank, '--verify');
  expect([err, code]).toEqual(['', 0]);
  expect(out).toMatch(/^deploy\.onnx -> deploy\.expanded\.onnx\n/);
  expect(out).toMatch(into);
  expect(out).toMatch(/verified equal/);
  expect(out.trimEnd().split('\n').at(-1)).toMatch(
    / operators, .* multiply-adds, largest error .* in float64, .* in onnxruntime/,
  );
  await space.run('convert', 'deploy.expanded.onnx', 'again.onnx');
  const { out: again } = await space.run('inspect', 'again.onnx');
  const { out: before } = await space.run('inspect', 'deploy.onnx');
  const operators = (text: string) => text.split('\n').filter((line) => /operators:|parameters,/.test(line));
  expect(operators(again)).toEqual(operators(before));
  expect((await space.run('verify', 'deploy.onnx', 'again.onnx')).code).toBe(0);
});

test('insert-norm, with statistics of unit inputs or measured ones, is undone by convert', async () => {
  await deploy();
  const flags = [[], ['--measure'], ['--range', 'image=0,1']];
  const models: Buffer[] = [];
  for (const [index, extra] of flags.entries()) {
    const report = (await json('insert-norm', 'deploy.onnx', `normed${index}.onnx`, '--verify', ...extra)).report;
    expect(report.after.operatorCounts.BatchNormalization).toBe(report.expansions.length);
    models.push(space.read(`normed${index}.onnx`));
    await space.run('convert', `normed${index}.onnx`, `again${index}.onnx`);
    expect((await space.run('verify', 'deploy.onnx', `again${index}.onnx`)).code).toBe(0);
  }
  expect(new Set(models.map((model) => model.toString('base64'))).size).toBe(3);
});

test('--only and --skip choose layers, and refusals are listed', async () => {
  await deploy();
  const all = await json('expand', 'deploy.onnx', 'a.onnx', '--block', 'repvgg');
  const [first] = all.report.expansions;
  const one = await json('expand', 'deploy.onnx', 'b.onnx', '--block', 'repvgg', '--only', first.name);
  expect(one.report.expansions).toHaveLength(1);
  const rest = await json('expand', 'deploy.onnx', 'c.onnx', '--block', 'repvgg', '--skip', first.name);
  expect(rest.report.expansions).toHaveLength(all.report.expansions.length - 1);
  const { out } = await space.run('expand', 'deploy.onnx', '--dry-run', '--block', 'acnet');
  expect(out).toMatch(/layers? left alone\n/);
  expect(out).toMatch(/no-branch: .*\n.*hint: /);
  expect(space.exists('deploy.expanded.onnx')).toBe(false);
});

test('CSV and Markdown have one row for each layer', async () => {
  await deploy();
  const { out: csv } = await space.run('expand', 'deploy.onnx', '--block', 'repvgg', '--dry-run', '--format', 'csv');
  const { out: md } = await space.run('expand', 'deploy.onnx', '--block', 'repvgg', '--dry-run', '--format', 'md');
  const rows = csv.trimEnd().split('\n').length - 1;
  expect(rows).toBeGreaterThan(5);
  expect(md.match(/^\| \S+ \| Conv \|/gm)).toHaveLength(rows);
});

test('stdin to stdout', async () => {
  await deploy();
  const surroundings = { stdin: space.read('deploy.onnx') };
  const { bytes, err } = await space.runIn(surroundings, 'expand', '-', '--block', 'repvgg');
  expect(err).toMatch(/^- -> -\n/);
  await space.run('expand', 'deploy.onnx', 'file.onnx', '--block', 'repvgg');
  expect(Buffer.compare(bytes, space.read('file.onnx'))).toBe(0);
  const { code, err: error } = await space.run('expand', 'deploy.onnx', '-', '--block', 'repvgg');
  expect([code, error]).toEqual([1, expect.stringMatching(/^error: Only a model from stdin is written to stdout/)]);
});

test.each([
  [['expand', 'digits.onnx'], /required option '--block <kind>' not specified/],
  [['expand', 'digits.onnx', '--block', 'dbb'], /Allowed choices are repvgg, acnet, dilated, low-rank/],
  [['expand', 'digits.onnx', '--block', 'repvgg', '--scale', '-1'], /Expected a number of at least 0/],
  [
    ['expand', 'digits.onnx', '--block', 'repvgg', '--only', 'nothing'],
    /nothing to expand: no layer with constant weights/,
  ],
  [['expand', 'digits.onnx', '--block', 'dilated'], /nothing to expand: \d+ x no-branch/],
  [['insert-norm', 'digits.onnx', '--only', 'Relu'], /nothing to normalize/],
  [['expand', 'missing.onnx', '--block', 'repvgg'], /there is no such file/],
  [
    ['expand', 'digits.onnx', 'digits.onnx', '--block', 'repvgg'],
    /"digits\.onnx" cannot be written: it exists already/,
  ],
  [['expand', 'digits.onnx', 'a.onnx', '-o', 'b.onnx', '--block', 'repvgg'], /The output is given twice/],
])('%j is refused, with exit code 1 and nothing written', async (argv, message) => {
  const { code, err, out } = await space.run(...argv);
  expect([code, out]).toEqual([1, '']);
  expect(err).toMatch(message);
  expect(err).toMatch(/^hint: |cannot be/m);
  expect(space.list()).toEqual(['digits.onnx']);
});

test('a model that differs in the runtime is not kept', async () => {
  const argv = ['expand', 'digits.onnx', '--block', 'repvgg', '--verify', '--tolerance', '1e-13'];
  const { code, err } = await space.run(...argv);
  expect(code).toBe(2);
  expect(err).toMatch(/was not kept/);
  expect(space.list()).toEqual(['digits.onnx']);
});
