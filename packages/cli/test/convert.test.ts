/** `convert` with one file: what it writes and what it says. */

import { writeFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { useWorkspace } from './command-line.ts';

const space = useWorkspace();

const SUMMARY =
  /^444 kB -> 334 kB, 75 -> 21 operators, 5\.08 M -> 4\.22 M multiply-adds, largest error \d\.\de-1[5-9] in float64, \d+\.\d\d s$/;

test('writes the deploy model beside the input; the last line has the numbers', async () => {
  const { code, out, err } = await space.run('convert', 'digits.onnx');
  expect(code).toBe(0);
  expect(err).toBe('');
  expect(out.split('\n')[0]).toBe('digits.onnx -> digits.deploy.onnx');
  expect(out.trimEnd().split('\n').at(-1)).toMatch(SUMMARY);
  expect(space.list()).toEqual(['digits.deploy.onnx', 'digits.onnx']);
  expect(space.read('digits.deploy.onnx').length).toBeLessThan(space.read('digits.onnx').length);
});

test('the same input gives the same bytes', async () => {
  await space.run('convert', 'digits.onnx', 'first.onnx');
  await space.run('convert', 'digits.onnx', 'second.onnx');
  expect(space.read('second.onnx').equals(space.read('first.onnx'))).toBe(true);
});

test('nothing to fuse: a copy, one line that says why, exit code 0', async () => {
  await space.run('convert', 'digits.onnx', 'first.onnx');
  const { code, out } = await space.run('convert', 'first.onnx', 'second.onnx');
  expect(code).toBe(0);
  expect(out).toMatch(/^nothing to fuse: .*ONNX Runtime.*does that itself.* The input was copied unchanged\.$/m);
  expect(out).toContain('largest error 0 (unchanged)');
  expect(space.read('second.onnx').equals(space.read('first.onnx'))).toBe(true);
});

test('--check and --dry-run write nothing; --check exits with 2 where anything would fuse', async () => {
  expect((await space.run('convert', 'digits.onnx', '--check')).code).toBe(2);
  const dry = await space.run('convert', 'digits.onnx', '--dry-run');
  expect(dry.code).toBe(0);
  expect(dry.out).toContain('(nothing is written)');
  expect(dry.out).toContain('75 -> 21 operators');
  expect(space.list()).toEqual(['digits.onnx']);
  await space.run('convert', 'digits.onnx');
  expect((await space.run('convert', 'digits.deploy.onnx', '--check')).code).toBe(0);
});

test('--quiet prints nothing, but what --format asks for', async () => {
  expect(await space.run('convert', 'digits.onnx', '-q')).toMatchObject({ code: 0, out: '', err: '' });
  expect(space.exists('digits.deploy.onnx')).toBe(true);
  const json = await space.run('convert', 'digits.onnx', '-q', '--dry-run', '--format', 'json');
  expect(JSON.parse(json.out).files).toHaveLength(1);
});

test('--only and --skip choose what is fused, by name or type', async () => {
  const count = async (...flags: string[]) => {
    const { out } = await space.run('convert', 'digits.onnx', '--dry-run', '--format', 'json', ...flags);
    return JSON.parse(out).files[0].report.fusions.length;
  };
  const all = await count();
  expect(all).toBe(9);
  expect(await count('--only', '/stage1/*')).toBe(2);
  expect(await count('--skip', '/stage1/*')).toBe(all - 2);
  expect(await count('--skip', '/stage1/*', '--skip', '/stage2/*')).toBe(3);
  const { out } = await space.run('convert', 'digits.onnx', '--dry-run', '--only', 'Softmax');
  expect(out).toMatch(/nothing to fuse: .*--only or --skip/);
});

test('--proof full compares every channel', async () => {
  const proofs = async (...flags: string[]) => {
    const { out } = await space.run('convert', 'digits.onnx', '--dry-run', '--format', 'json', ...flags);
    const { fusions } = JSON.parse(out).files[0].report;
    return fusions.map(({ proof }: { proof: { channels: number; totalChannels: number } }) => proof);
  };
  for (const { channels, totalChannels } of await proofs('--proof', 'full')) expect(channels).toBe(totalChannels);
  for (const { channels } of await proofs('--proof', '4')) expect(channels).toBeLessThanOrEqual(4);
});

test('--shape gives open sizes', async () => {
  const macs = async (batch: number) => {
    const shape = `image=${batch},1,16,16`;
    const { out } = await space.run('convert', 'digits.onnx', '--dry-run', '--format', 'json', '--shape', shape);
    return JSON.parse(out).files[0].report.before.macs;
  };
  expect(await macs(3)).toBe(3 * (await macs(1)));
});

test('--verify runs both models before the new one is kept', async () => {
  const { code, out } = await space.run('convert', 'digits.onnx', '--verify', '--samples', '1');
  expect(code).toBe(0);
  expect(out).toMatch(/verified equal \(onnxruntime-node/);
  expect(out).toMatch(/in float64, \d\.\de-\d in onnxruntime-node, /);
  expect(space.list()).toEqual(['digits.deploy.onnx', 'digits.onnx']);
});

test('--verify with a tolerance that nothing meets: exit code 2, and nothing is kept', async () => {
  const { code, out, err } = await space.run('convert', 'digits.onnx', '--verify', '--tolerance', '1e-12');
  expect(code).toBe(2);
  expect(out).toContain('(not written)');
  expect(err).toMatch(/^error: digits\.onnx: .*\nhint: The new model was not kept\./);
  expect(space.list()).toEqual(['digits.onnx']);
});

test('--verify of a model in which nothing fuses copies it', async () => {
  await space.run('convert', 'digits.onnx', 'first.onnx');
  const { code } = await space.run('convert', 'first.onnx', 'second.onnx', '--verify');
  expect(code).toBe(0);
  expect(space.list()).toEqual(['digits.onnx', 'first.onnx', 'second.onnx']);
});

test('external data goes with the model, also through --verify', async () => {
  space.add('external.onnx', 'packages/testing/fixtures/opsets/external.onnx');
  space.add('external.onnx_data', 'packages/testing/fixtures/opsets/external.onnx_data');
  expect((await space.run('convert', 'external.onnx', '-o', 'fused/', '--verify')).code).toBe(0);
  expect((await space.run('convert', 'external.onnx', '-o', 'copied/', '--verify', '--skip', '*')).code).toBe(0);
  expect(space.read('copied/external.onnx_data').equals(space.read('external.onnx_data'))).toBe(true);
  for (const folder of ['fused', 'copied'])
    expect((await space.run('verify', 'external.onnx', `${folder}/external.deploy.onnx`)).code).toBe(0);
  const piped = await space.run('convert', 'external.onnx', '-');
  expect(piped).toMatchObject({ code: 1, out: '' });
  expect(piped.err).toMatch(/external data/);
});

test('an interrupt leaves nothing behind', async () => {
  const signal = AbortSignal.abort();
  const { code, err } = await space.runIn({ signal }, 'convert', 'digits.onnx', '--verify');
  expect(code).toBe(1);
  expect(err).toBe('interrupted\n');
  expect(space.list()).toEqual(['digits.onnx']);
});

test('names with control characters reach neither terminal nor data', async () => {
  const name = '/stage1/stage1.0/Add_output_0';
  const hostile = `\x1b[2J\xc2\x9b\r${name.slice(7)}`;
  const text = space.read('digits.onnx').toString('latin1').replaceAll(name, hostile);
  writeFileSync(space.path('hostile.onnx'), Buffer.from(text, 'latin1'));
  for (const format of ['table', 'json', 'md', 'csv'])
    for (const command of ['convert', 'inspect']) {
      const dry = command === 'convert' ? ['--dry-run'] : [];
      const { code, out } = await space.run(command, 'hostile.onnx', '--format', format, ...dry);
      expect(code).toBe(0);
      if (command === 'inspect' || format !== 'csv') expect(out).toContain('stage1.0/Add_output_0');
      // biome-ignore lint/suspicious/noControlCharactersInRegex: that is what must not be there
      expect(out, `${command} ${format}`).not.toMatch(/[\x00-\x09\x0b-\x1f\x7f-\x9f]/);
    }
});

test('--freeze-weights merges weights that are graph inputs too', async () => {
  space.add('old.onnx', 'packages/testing/fixtures/opsets/initializer-is-input.onnx');
  const { out: refused } = await space.run('convert', 'old.onnx', 'same.onnx');
  expect(refused).toMatch(/^nothing to fuse: .* convert with --freeze-weights\. .* copied unchanged\.$/m);
  const { code, out } = await space.run('convert', 'old.onnx', 'new.onnx', '--freeze-weights', '--verify');
  expect(code).toBe(0);
  expect(out).toMatch(/^\d+ weights can no longer be overridden$/m);
  expect(out).toMatch(/^verified equal/m);
  const { out: json } = await space.run('inspect', 'old.onnx', '--freeze-weights', '--format', 'json');
  expect(JSON.parse(json).files[0].report).toMatchObject({ frozenWeights: expect.any(Number) });
});

test('--keep norm leaves the last normalization behind each merged layer', async () => {
  space.add('qa.onnx', 'packages/testing/fixtures/qarepvgg/train.torchscript.onnx');
  const { code } = await space.run('convert', 'qa.onnx', 'kept.onnx', '--keep', 'norm', '--verify');
  expect(code).toBe(0);
  await space.run('convert', 'qa.onnx', 'all.onnx');
  const operators = async (name: string) => /operators: (.*)/.exec((await space.run('inspect', name)).out)![1]!;
  const kept = await operators('kept.onnx');
  expect(kept).toMatch(/\d+ BatchNormalization/);
  expect(kept.replace(/\d+ BatchNormalization, |, \d+ BatchNormalization/, '')).toBe(await operators('all.onnx'));
  const wrong = await space.run('convert', 'qa.onnx', '--keep', 'bias');
  expect([wrong.code, wrong.err]).toEqual([1, expect.stringMatching(/Allowed choices are norm/)]);
});
