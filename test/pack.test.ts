/** The packages as npm installs them from their tarballs: imported, type-checked and used as their users would. */
import { existsSync, readFileSync } from 'node:fs';
import { copyFile, mkdir, readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, inject, test } from 'vitest';
import { root } from '../scripts/pnpm.js';
import { linkPackage } from './consumer/link-package.ts';
import { publishedPackages } from './consumer/published-packages.ts';
import { runProgram, runWell } from './consumer/run-program.ts';

const consumer = inject('consumer');
const installed = (name: string) => join(consumer, 'node_modules', name);
const reparam = installed('.bin/reparam');
const DIGITS = join(root, 'examples/digits/digits-train.onnx');
const TSC = join(root, 'node_modules/typescript/bin/tsc');

/** A folder of its own with the trained network as model.onnx. */
async function workspace(name: string): Promise<string> {
  const folder = join(consumer, name);
  await mkdir(folder);
  await copyFile(DIGITS, join(folder, 'model.onnx'));
  return folder;
}

test('one tarball for each published package', async () => {
  expect(publishedPackages.map(({ name }) => name)).toEqual(
    expect.arrayContaining(['@reparam/core', '@reparam/onnx', 'reparam']),
  );
  expect(await readdir(inject('tarballs'))).toHaveLength(publishedPackages.length);
});

test.each(publishedPackages)('$name holds what it needs, and nothing of this repository', async ({ name }) => {
  const files = await readdir(installed(name));
  expect(files).toEqual(expect.arrayContaining(['LICENSE', 'README.md', 'dist', 'package.json']));
  expect(files).not.toContain('test');
  const manifest = readFileSync(join(installed(name), 'package.json'), 'utf8');
  expect(manifest).not.toMatch(/workspace:|catalog:/);
  expect(existsSync(join(installed(name), 'node_modules'))).toBe(false);
});

test('no runtime comes along', async () => {
  const names = await readdir(join(consumer, 'node_modules'));
  expect(names.filter((name) => name.includes('onnxruntime'))).toEqual([]);
});

test.each(publishedPackages.flatMap(({ entries }) => entries))('%s is imported', async (entry) => {
  if (entry.endsWith('/package.json')) return;
  const script = `console.log(Object.keys(await import('${entry}')).join(' '))`;
  const names = await runWell('node', ['--input-type=module', '--eval', script], consumer);
  expect(names.trim().length).toBeGreaterThan(0);
});

test.each([
  ['nodenext', 'anywhere', []],
  ['bundler', 'anywhere', []],
  ['nodenext', 'node', ['node']],
  ['bundler', 'node', ['node']],
] as const)('types, moduleResolution %s, %s', async (resolution, file, types) => {
  const folder = join(consumer, `types-${resolution}-${file}`);
  await mkdir(folder);
  await copyFile(join(consumer, 'types', `${file}.ts`), join(folder, `${file}.ts`));
  if (types.length > 0) await linkPackage('@types/node', '.', folder);
  const module = resolution === 'bundler' ? 'esnext' : 'nodenext';
  const compilerOptions = {
    strict: true,
    noEmit: true,
    target: 'es2022',
    lib: ['es2022'],
    types,
    module,
    moduleResolution: resolution,
  };
  await writeFile(join(folder, 'tsconfig.json'), JSON.stringify({ compilerOptions, include: ['*.ts'] }));
  expect(await runProgram('node', [TSC, '-p', folder], folder)).toEqual({ code: 0, out: '', err: '' });
});

test('a conversion in code and on the command line: the same bytes', async () => {
  const folder = await workspace('conversion');
  const script = join(consumer, 'convert.js');
  const printed = JSON.parse(await runWell('node', [script, 'model.onnx', 'bytes.onnx', 'file.onnx'], folder));
  expect(printed).toMatchObject({
    operators: [75, 21],
    types: ['Conv', 'Relu', 'GlobalAveragePool', 'Flatten', 'Gemm'],
  });
  expect(printed.fusions).toEqual([9, 9]);
  expect(printed.error).toBeLessThan(1e-12);
  expect(printed.damaged).toMatch(/damaged|not an ONNX model/);
  expect(printed.sum).toEqual({ 0: 3, 1: 0, 2: 0, 3: 4 });

  const out = await runWell(reparam, ['convert', 'model.onnx'], folder);
  expect(out).toMatch(/75 -> 21 operators/);
  const [bytes, file, bin] = ['bytes.onnx', 'file.onnx', 'model.deploy.onnx'].map((name) =>
    readFileSync(join(folder, name)),
  );
  expect(bytes!.equals(file!)).toBe(true);
  expect(bytes!.equals(bin!)).toBe(true);
});

test('running models without a runtime: one line that says what to install', async () => {
  const folder = await workspace('no-runtime');
  const { code, out, err } = await runProgram(reparam, ['verify', 'model.onnx', 'model.onnx'], folder);
  expect({ code, out }).toEqual({ code: 1, out: '' });
  expect(err).toMatch(/^error: ONNX Runtime is not installed.*\n.*npm install onnxruntime-web\n$/);
});

test.each(['onnxruntime-node', 'onnxruntime-web'])('running models with %s beside it', async (runtime) => {
  const folder = await workspace(`with-${runtime}`);
  await linkPackage(runtime, 'packages/onnx', folder);
  const out = await runWell(reparam, ['convert', 'model.onnx', '--verify', '--format', 'json'], folder);
  const [{ verification }] = JSON.parse(out).files;
  expect(verification).toMatchObject({ equal: true, runtime: { name: runtime } });
  const again = await runWell(reparam, ['verify', 'model.onnx', 'model.deploy.onnx'], folder);
  expect(again).toContain(`equal: model.onnx and model.deploy.onnx agree`);
});
