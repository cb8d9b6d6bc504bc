/** What the documents show is true: their code runs against the installed packages, and prints what they say. */
import { existsSync, readFileSync } from 'node:fs';
import { cp, mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { beforeAll, describe, expect, inject, test } from 'vitest';
import { parse as parseYaml } from 'yaml';
import { root } from '../scripts/pnpm.js';
import { linkPackage } from './consumer/link-package.ts';
import { runProgram, runWell } from './consumer/run-program.ts';
import { findSyntaxErrors } from './documents/check-python.ts';
import { documents, pages } from './documents/list-documents.ts';
import { copyProject, prepareFolder } from './documents/prepare-folder.ts';
import { readBlocks } from './documents/read-blocks.ts';
import { commandsOf, matchesOutput, runCommand, runsInCi } from './documents/run-command.ts';
import { writeLayersModel } from './documents/write-layers-model.ts';

const blocks = documents.flatMap(readBlocks);
const pageBlocks = pages.flatMap(readBlocks);
const all = [...blocks, ...pageBlocks];
const inLanguage = (...names: string[]) => all.filter(({ language }) => names.includes(language));
const typed = inLanguage('ts', 'js')
  .filter(({ check }) => check !== 'none')
  .map((block, index) => ({ ...block, file: `block-${index}.ts` }));
const commands = inLanguage('sh')
  .filter(({ check }) => check === 'run')
  .flatMap(({ at, code, output, exit }) => commandsOf(code).map((command) => ({ at, command, output, exit })))
  .map((command, index) => ({ ...command, folder: `command-${index}` }));
const pythons = inLanguage('python');
const project = join(inject('consumer'), '../documents');
/** The program of a Python with PyTorch, timm and ONNX Runtime. */
const { PYTHON } = process.env;
const TSC = join(root, 'node_modules/typescript/bin/tsc');

beforeAll(async () => {
  await copyProject(inject('consumer'), project);
  await linkPackage('@types/node', '.', project);
  for (const name of ['onnxruntime-node', 'onnxruntime-web', 'onnxruntime-common'])
    await linkPackage(name, 'packages/onnx', project);
  for (const name of ['backend-cpu', 'converter', 'core', 'layers'])
    await linkPackage(`@tensorflow/tfjs-${name}`, 'packages/tfjs', project);
  await writeLayersModel(project);
});

test('few blocks are left out, and each is in a language that is checked', () => {
  expect(blocks.length).toBeGreaterThan(10);
  expect(blocks.filter(({ check }) => check === 'none').length).toBeLessThanOrEqual(2);
  expect(blocks.filter(({ check }) => check === 'types').length).toBeLessThanOrEqual(4);
  expect(new Set(blocks.map(({ language }) => language))).toEqual(new Set(['ts', 'sh', 'text']));
});

test('of the pages, too', () => {
  expect(pageBlocks.length).toBeGreaterThan(50);
  const unchecked = pageBlocks.filter(({ check, language }) => check === 'none' && language !== 'python');
  expect(unchecked.map(({ at }) => at)).toEqual([expect.stringContaining('recipes/keras.md')]);
  expect(pageBlocks.filter(({ check }) => check === 'types').length).toBeLessThanOrEqual(6);
  const languages = new Set(pageBlocks.map(({ language }) => language));
  expect(languages).toEqual(new Set(['ts', 'sh', 'python', 'yaml', 'facts']));
});

describe('code', () => {
  beforeAll(async () => {
    for (const { file, code } of typed) await writeFile(join(project, file), code);
  });

  test('has no type errors', async () => {
    const compilerOptions = {
      strict: true,
      target: 'es2022',
      module: 'nodenext',
      lib: ['es2023', 'dom'],
      types: ['node'],
      skipLibCheck: true, // TensorFlow.js brings WebGPU types of its own
      outDir: 'out',
    };
    await writeFile(join(project, 'tsconfig.json'), JSON.stringify({ compilerOptions, include: ['block-*.ts'] }));
    expect(await runProgram('node', [TSC, '-p', project], project)).toEqual({ code: 0, out: '', err: '' });
  });

  test.each(typed.filter(({ check }) => check === 'run'))('$at runs', async ({ file, code }) => {
    const folder = join(project, file.replace('.ts', ''));
    await prepareFolder(folder);
    const out = await runWell('node', [join(project, 'out', file.replace('.ts', '.js'))], folder);
    const shown = [...code.matchAll(/\/\/ prints (.*)$/gm)].map(([, text]) => text);
    expect(out.split('\n').filter((line) => shown.includes(line))).toEqual(shown);
  });
});

/** The model that a command takes: files are ONNX. */
const modelOf = (command: string) => (/ model\//.test(command) ? 'model/' : 'model.onnx');

describe('commands', () => {
  test.each(commands)('$at: $command', async ({ command, output, exit, folder: name }) => {
    if (runsInCi(command)) return;
    const folder = join(project, name);
    await prepareFolder(folder);
    // All but `convert` take what it wrote.
    if (/ model\//.test(command)) await cp(join(project, 'layers-model'), join(folder, 'model'), { recursive: true });
    if (!/ convert /.test(command)) await runCommand(`reparam convert ${modelOf(command)} --quiet`, project, folder);
    const { code, out, err } = await runCommand(command, project, folder);
    expect(code, err).toBe(exit);
    if (output !== null) expect(matchesOutput(out, output), `${out}\nis not\n${output}`).toBe(true);
  });
});

describe('Python', () => {
  test.each(pythons)('$at is well-formed', ({ code }) => {
    expect(findSyntaxErrors(code)).toEqual([]);
  });

  // Where there is a Python with what they import; CI has none.
  test.runIf(PYTHON)('runs', async () => {
    const folder = join(project, 'python');
    await prepareFolder(folder);
    await runCommand('reparam convert model.onnx --quiet', project, folder);
    for (const { at, code } of pythons.filter(({ check }) => check === 'run'))
      expect((await runProgram(PYTHON!, ['-c', code], folder)).code, at).toBe(0);
  });

  test('a fault is found', () => {
    expect(findSyntaxErrors('def f(:\n  return 1')).not.toEqual([]);
  });
});

test.each(inLanguage('yaml'))('$at is YAML that runs commands of reparam', ({ code }) => {
  const { jobs } = parseYaml(code) as { jobs: Record<string, { steps: { run?: string }[] }> };
  const lines = Object.values(jobs).flatMap(({ steps }) => steps.flatMap(({ run }) => run ?? []));
  const own = lines.filter((line) => line.startsWith('npx reparam '));
  expect(own.length).toBeGreaterThan(0);
});

test('the map of the tree names what there is', async () => {
  const map = inLanguage('text').find(({ at }) => at.startsWith('CONTRIBUTING.md'))!.code;
  let folder = '';
  for (const line of map.split('\n')) {
    const [, indent, path] = /^( *)(\S+)/.exec(line)!;
    if (indent === '') folder = path!;
    const place = indent === '' ? folder : join(folder, path!);
    expect(existsSync(join(root, place)), place).toBe(true);
  }
});

test('the table of the README is what a conversion of the demo finds', async () => {
  const folder = join(project, 'table');
  await mkdir(folder);
  await prepareFolder(folder);
  const { out } = await runCommand('reparam convert model.onnx --dry-run --format json', project, folder);
  const { before, after } = JSON.parse(out).files[0].report;
  const rows = [
    ['operators', 'operators'],
    ['parameters', 'parameters'],
    ['multiply-adds', 'macs'],
  ] as const;
  const readme = readFileSync(join(root, 'README.md'), 'utf8');
  for (const [title, field] of rows) {
    const row = new RegExp(`^\\| ${title} +\\| +([\\d,]+) \\| +([\\d,]+) \\|`, 'm').exec(readme)!;
    expect(row.slice(1).map((cell) => Number(cell.replaceAll(',', '')))).toEqual([before[field], after[field]]);
  }
});
