/** `--format json`, md and csv of every command; JSON against the schemas that are shipped. */

import { readFileSync, writeFileSync } from 'node:fs';
import { Ajv2020 } from 'ajv/dist/2020.js';
import { expect, test } from 'vitest';
import { choosing, other, right, topK } from '../../onnx/test/verify/choosing-model.ts';
import { repositoryFile, useWorkspace } from './command-line.ts';

const space = useWorkspace();

const ajv = new Ajv2020({ allErrors: true, allowUnionTypes: true });
for (const name of ['verify', 'report', 'bench']) {
  const file = `${name}.schema.json`;
  ajv.addSchema(JSON.parse(readFileSync(repositoryFile(`packages/cli/schema/${file}`), 'utf8')), file);
}

async function json(schema: 'report' | 'verify' | 'bench', ...argv: string[]) {
  const { out } = await space.run(...argv, '--format', 'json');
  const document = JSON.parse(out);
  ajv.validate(`${schema}.schema.json`, document);
  expect(ajv.errors ?? [], argv.join(' ')).toEqual([]);
  return document;
}

test('JSON of convert follows its schema: fused, verified, copied, dry, failed, refused by the runtime', async () => {
  const fused = await json('report', 'convert', 'digits.onnx', 'deploy.onnx', '--verify');
  expect(fused).toMatchObject({ command: 'convert', files: [{ output: 'deploy.onnx', written: true, failure: null }] });
  expect(fused.files[0].verification.equal).toBe(true);
  const copied = await json('report', 'convert', 'deploy.onnx', 'copy.onnx');
  expect(copied.files[0]).toMatchObject({ written: true, advice: expect.stringContaining('nothing to fuse') });
  expect((await json('report', 'convert', 'digits.onnx', '--check')).files[0].output).toBe(null);
  const failed = await json('report', 'convert', 'digits.onnx', 'a.onnx', 'missing.onnx', '-o', 'out');
  expect(failed.files[2]).toMatchObject({ report: null, failure: { code: 'cannot-read' } });
  const differs = await json('report', 'convert', 'digits.onnx', 'no.onnx', '--verify', '--tolerance', '1e-13');
  expect(differs.files[0]).toMatchObject({ written: false, verification: { equal: false } });
});

test.each(['fastvit', 'levit', 'nextvit', 'lora', 'repmlp', 'sesr-computed'])(
  'JSON of inspect on %s',
  async (name) => {
    for (const exporter of ['torchscript', 'torchscript-unfolded', 'dynamo']) {
      const path = repositoryFile(`packages/testing/fixtures/${name}/train.${exporter}.onnx`);
      const { files } = await json('report', 'inspect', path);
      expect(files[0].report.before.operators).toBeGreaterThan(0);
      expect(files[0].quantization).toBe(null);
    }
  },
  60_000,
);

test('JSON of inspect --quantization', async () => {
  const kept = repositoryFile('packages/testing/fixtures/qarepvgg/train.torchscript.onnx');
  for (const path of ['digits.onnx', kept]) {
    const { files } = await json('report', 'inspect', path, '--quantization');
    const { layers } = files[0].quantization;
    expect(layers.length).toBeGreaterThan(2);
    expect(layers.some(({ keptNorm }: { keptNorm: unknown }) => keptNorm !== null)).toBe(path === kept);
  }
});

test('JSON of verify and bench', async () => {
  await space.run('convert', 'digits.onnx', 'deploy.onnx', '-q');
  expect((await json('verify', 'verify', 'digits.onnx', 'deploy.onnx')).report.equal).toBe(true);
  const { report } = await json('verify', 'verify', 'digits.onnx', 'deploy.onnx', '--tolerance', '1e-13');
  expect(report.failure.firstDivergent.name).toMatch(/./);
  await json('verify', 'verify', 'digits.onnx', repositoryFile('packages/testing/fixtures/lora/deploy.onnx'));
  writeFileSync(space.path('a.onnx'), choosing(topK, right));
  writeFileSync(space.path('b.onnx'), choosing(topK, other));
  const held = await json('verify', 'verify', 'a.onnx', 'b.onnx');
  expect(held.report).toMatchObject({ equal: true, skipped: [] });
  expect(held.report.cases[0].choices).toMatchObject([{ name: 'places', operator: 'TopK' }]);
  await json('bench', 'bench', 'digits.onnx', 'deploy.onnx', '--seconds', '0.05', '--threads', '2');
  await json('bench', 'bench', 'digits.onnx', '--seconds', '0.05');
});

test('CSV has one header and one line for each file, fusion, output or model', async () => {
  const rows = async (...argv: string[]) => {
    const { out } = await space.run(...argv, '--format', 'csv');
    const lines = out.trimEnd().split('\n');
    for (const line of lines) expect(line.split(',').length).toBeGreaterThanOrEqual(lines[0]!.split(',').length);
    return lines;
  };
  const converted = await rows('convert', 'digits.onnx', 'deploy.onnx');
  expect(converted).toHaveLength(2);
  expect(converted[0]).toMatch(/^input,output,result,fusions,bytes_before,bytes_after,operators_before/);
  expect(converted[1]).toMatch(/^digits\.onnx,deploy\.onnx,9 fused,9,443841,334223,75,21,/);
  const inspected = await rows('inspect', 'digits.onnx');
  expect(inspected.filter((line) => line.startsWith('fusion,'))).toHaveLength(9);
  expect(inspected.filter((line) => line.startsWith('refusal,'))).toHaveLength(9);
  expect(await rows('verify', 'digits.onnx', 'deploy.onnx')).toHaveLength(2);
  expect(await rows('bench', 'digits.onnx', 'deploy.onnx', '--seconds', '0.05')).toHaveLength(3);
});

test('CSV quotes what needs it', async () => {
  const name = 'a, "b".onnx';
  writeFileSync(space.path(name), space.read('digits.onnx'));
  const { out } = await space.run('convert', name, '--dry-run', '--format', 'csv');
  expect(out).toMatch(/\n"a, ""b""\.onnx",/);
});

test('Markdown has tables', async () => {
  const markdown = async (...argv: string[]) => (await space.run(...argv, '--format', 'md')).out;
  const converted = await markdown('convert', 'digits.onnx', 'deploy.onnx');
  expect(converted).toMatch(/^\| input \| output \| result \| size \|.*\n\| --- \| --- \| --- \| ---: \|/);
  expect(converted).toMatch(/\n\| digits\.onnx \| deploy\.onnx \| 9 fused \| 444 kB -> 334 kB \| 75 -> 21 \|/);
  expect(converted.match(/\n\| \/stage/g)).toHaveLength(9);
  const inspected = await markdown('inspect', 'digits.onnx');
  expect(inspected).toMatch(/^\*\*digits\.onnx, 444 kB/);
  expect(inspected).toMatch(/\n\| 9 \| activation-between \|/);
  expect(await markdown('verify', 'digits.onnx', 'deploy.onnx')).toMatch(/\n\| logits \| float32 \| equal \|/);
  expect(await markdown('bench', 'digits.onnx', '--seconds', '0.05')).toMatch(/\n\| digits\.onnx \|/);
});
