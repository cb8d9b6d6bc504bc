/** `inspect`: what it shows, grouped and in full. */

import { expect, test } from 'vitest';
import { repositoryFile, useWorkspace } from './command-line.ts';

const space = useWorkspace();

test('shows what is in the file, what fuses into what, and what the model becomes', async () => {
  const { code, out, err } = await space.run('inspect', 'digits.onnx');
  expect(code).toBe(0);
  expect(err).toBe('');
  const lines = out.trimEnd().split('\n');
  expect(lines[0]).toMatch(/^digits\.onnx, 444 kB, made by pytorch .*, opset \d+$/);
  expect(lines[1]).toBe('  image float[batch, 1, 16, 16] -> logits float[batch, 10]');
  expect(lines[2]).toMatch(/^ {2}75 operators: 26 BatchNormalization, 20 Conv/);
  expect(lines[3]).toMatch(/multiply-adds \(at batch = 1\)$/);
  expect(out).toContain('would fuse: 9\n├─ /stage1/stage1.0/Add_output_0: 5 operators into Conv\n');
  expect(out).toMatch(/│ {2}├─ multiply-adds 79\.9 k -> 55\.3 k, parameters 432 -> 240, error .* \(all channels\)\n/);
  expect(out).toContain('│  └─ Add /stage1/stage1.0/Add\n');
  expect(lines.at(-1)).toMatch(/^75 -> 21 operators, 105 k -> 82\.2 k parameters, 5\.08 M -> 4\.22 M multiply-adds$/);
  expect(space.list()).toEqual(['digits.onnx']);
});

test('groups refusals with a count and a hint; --all lists every place', async () => {
  const { out } = await space.run('inspect', 'digits.onnx');
  expect(out).toMatch(/would not: 9\n└─ 9 x activation-between: .*\n {3}├─ hint: .*\n/);
  expect(out).toMatch(/and 6 more \(--all\)/);
  const all = await space.run('inspect', 'digits.onnx', '--all');
  expect(all.out).not.toMatch(/--all/);
  expect(all.out.match(/activation-between/g)).toHaveLength(9);
});

test.each([
  ['training-batch-norm', /training mode.*model\.eval\(\)/],
  ['quantized', /quantized/],
  ['initializer-is-input', /overridable|may override/],
])('%s: says why nothing fuses', async (name, why) => {
  const { code, out } = await space.run('inspect', repositoryFile(`packages/testing/fixtures/opsets/${name}.onnx`));
  expect(code).toBe(0);
  expect(out).toMatch(/would fuse: 0/);
  expect(out).toMatch(/^nothing to fuse: /m);
  expect(out).toMatch(why);
});

test('reads from stdin', async () => {
  const { code, out } = await space.runIn({ stdin: space.read('digits.onnx') }, 'inspect', '-');
  expect(code).toBe(0);
  expect(out).toMatch(/^-, 444 kB/);
});

test('a large network stays readable', async () => {
  const { out } = await space.run(
    'inspect',
    repositoryFile('packages/testing/fixtures/fastvit/train.torchscript.onnx'),
  );
  const [, refusals] = out.split('would not: ');
  expect(refusals!.split('\n').length).toBeLessThan(75);
});

test('says where only batch norms are folded, which the runtime does as well', async () => {
  const { out } = await space.run('inspect', 'digits.onnx', '--skip', 'Add');
  expect(out).toMatch(/would fuse: 20/);
  expect(out).toMatch(/^only BatchNormalization was folded.*gains nothing in ONNX Runtime/m);
});

test('findings say what was found, how grave it is, and what to do', async () => {
  space.add('lora.onnx', 'packages/testing/fixtures/lora/train.torchscript.onnx');
  const { code, out } = await space.run('inspect', 'lora.onnx');
  expect(code).toBe(0);
  const [, findings] = out.split(/\nfindings: 4\n/);
  expect(findings).toMatch(
    /^├─ warning unmerged-adapter: a branch of rank \d+ stands beside .*\n│ {2}├─ hint: reparam convert/,
  );
  expect(findings).toMatch(/\n│ {2}├─ MatMul \S+\n/);
  const clean = await space.run('inspect', 'digits.onnx');
  expect(clean.out).toContain('findings: ');
});

test('--fail-on makes the exit code 2 for findings that are that grave', async () => {
  space.add('lora.onnx', 'packages/testing/fixtures/lora/train.torchscript.onnx');
  const codeOf = async (...argv: string[]) => (await space.run('inspect', 'lora.onnx', '-q', ...argv)).code;
  expect(await codeOf()).toBe(0);
  expect(await codeOf('--fail-on', 'error')).toBe(0);
  expect(await codeOf('--fail-on', 'warning')).toBe(2);
  expect(await codeOf('--fail-on', 'info')).toBe(2);
  expect(await codeOf('--fail-on', 'grave')).toBe(1);
});

test('findings are in JSON, CSV and Markdown too', async () => {
  const path = repositoryFile('packages/testing/fixtures/vanillanet/train.torchscript.onnx');
  const json = JSON.parse((await space.run('inspect', path, '--format', 'json')).out);
  expect(json.files[0].findings).toEqual([
    expect.objectContaining({ code: 'linear-activation', severity: 'warning', hint: expect.stringMatching(/convert/) }),
  ]);
  const { out: csv } = await space.run('inspect', path, '--format', 'csv');
  expect(csv).toMatch(/^finding,,.*,linear-activation,/m);
  const { out: md } = await space.run('inspect', path, '--format', 'md');
  expect(md).toMatch(/^\| warning \| linear-activation \|/m);
});

test('--quantization shows what int8 leaves of each layer, and what helps those that fusing makes worse', async () => {
  const { code, out } = await space.run('inspect', 'digits.onnx', '--quantization');
  expect(code).toBe(0);
  const [, section] = out.split(/\nint8 weights: 10 layers\n/);
  expect(section).toMatch(/\nlayer +from +per tensor +fused +weakest channel +fused +per channel +norm kept /);
  expect(section).toMatch(
    /\n\/stage1\/stage1\.1\/Add_1_output_0 +7 +49\.8 +24\.1 +44\.4 +18\.8 +31\.0 +3\.9 +252\.8\n/,
  );
  expect(section).toMatch(/\nlogits +45\.5 +43\.9 +46\.8 /);
  expect(section).toMatch(/\nwould quantize worse fused: 7\n├─ .*24\.1 dB signal to noise, and 49\.8 dB before fusing/);
  expect(section).toMatch(
    /few weights lie far out, kurtosis 252\.8.*: quantize per channel \(31\.0 dB\); or train a block/,
  );
  const { out: md } = await space.run('inspect', 'digits.onnx', '--quantization', '--format', 'md');
  expect(md).toMatch(/\n\| \/stage1\/stage1\.1\/Add_1_output_0 \| 7 \| 49\.8 \| 24\.1 \|/);
  expect(md).toMatch(/\n- \/stage1\/stage1\.1\/Add_1_output_0: with one int8 scale/);
});

test('warns of patterns that match nothing, and of no others', async () => {
  const flags = ['--only', 'Conv', '--only', 'Con', '--skip', '/stage9/*', '--skip', '/stage1/*'];
  const { code, err } = await space.run('inspect', 'digits.onnx', ...flags);
  expect(code).toBe(0);
  const warnings = ['Con', '/stage9/*'].map(
    (pattern) => `warning: "${pattern}" of --only or --skip matches no node name, output or operator type\n`,
  );
  expect(err).toBe(warnings.join(''));
});

test('a pattern that matches in one of two files is right', async () => {
  space.add('relu.onnx', 'packages/testing/fixtures/opsets/captured-value.onnx');
  const flags = ['--skip', '/stage1/*', '--skip', 'nothing', '--dry-run'];
  const { err } = await space.run('convert', 'digits.onnx', 'relu.onnx', ...flags);
  expect(err).toBe('warning: "nothing" of --only or --skip matches no node name, output or operator type\n');
});
