/** `verify` and `bench`, in the real runtime. */

import { writeFileSync } from 'node:fs';
import { beforeEach, expect, test } from 'vitest';
import { choosing, other, right, topK } from '../../onnx/test/verify/choosing-model.ts';
import { repositoryFile, useWorkspace } from './command-line.ts';

const space = useWorkspace();

beforeEach(async () => {
  await space.run('convert', 'digits.onnx', 'deploy.onnx', '-q');
});

/** The deploy model with some weights of one convolution at zero. */
function writeWrong(): void {
  const bytes = space.read('deploy.onnx');
  const start = bytes.lastIndexOf('/stage3/stage3.0/Add_output_0.weight') + 1000;
  writeFileSync(space.path('wrong.onnx'), bytes.fill(0, start, start + 60_000));
}

test('equal models: a table of outputs, a line, exit code 0', async () => {
  const { code, out } = await space.run('verify', 'digits.onnx', 'deploy.onnx');
  expect(code).toBe(0);
  expect(out).toMatch(/^output +type +result +largest difference +relative +signal to noise +top-1 agreement\n/);
  expect(out).toMatch(/\nlogits +float32 +equal +\d.* dB +100\.00 %\n/);
  expect(out).toMatch(/\nequal: digits\.onnx and deploy\.onnx agree within 0\.0001 in \d+ runs at .*onnxruntime-node/);
});

test('different models: what differs first, exit code 2, also when quiet', async () => {
  writeWrong();
  const { code, out, err } = await space.run('verify', 'digits.onnx', 'wrong.onnx');
  expect(code).toBe(2);
  expect(err).toBe('');
  expect(out).toMatch(/\ndifferent: .*\. The first value that differs is "/);
  const quiet = await space.run('verify', 'digits.onnx', 'wrong.onnx', '-q');
  expect(quiet).toMatchObject({ code: 2, out: '' });
  expect(quiet.err).toMatch(/^error: different: /);
});

test('models that choose otherwise among what is equal but for rounding are equal, and it is said where', async () => {
  writeFileSync(space.path('a.onnx'), choosing(topK, right));
  writeFileSync(space.path('b.onnx'), choosing(topK, other));
  const { code, out } = await space.run('verify', 'a.onnx', 'b.onnx');
  expect(code).toBe(0);
  expect(out).toMatch(
    /\ncompared with the choices of a\.onnx \(normal, x \[64\]\): b\.onnx by itself chooses otherwise in TopK "places", of values equal to \S+\n/,
  );
});

test('--input, --shape, --range, --samples, --seed and --tolerance reach the runtime', async () => {
  const report = async (...flags: string[]) => {
    const { out } = await space.run('verify', 'digits.onnx', 'deploy.onnx', '--format', 'json', ...flags);
    return JSON.parse(out).report;
  };
  space.add('images.npy', 'examples/digits/test-images.npy');
  const given = await report('--input', 'image=images.npy');
  expect(given.cases).toMatchObject([{ family: 'given', shapes: { image: [450, 1, 16, 16] } }]);
  const shaped = await report('--shape', 'image=3,1,16,16', '--range', 'image=-1,1', '--samples', '4', '--seed', '7');
  expect(shaped.cases).toHaveLength(4);
  expect(shaped.cases[0]).toMatchObject({ family: 'range', shapes: { image: [3, 1, 16, 16] } });
  expect((await report('--tolerance', '0.5')).tolerance).toBe(0.5);
  expect((await report('--tolerance', '1e-13')).equal).toBe(false);
});

test('options that do not fit the model are one line', async () => {
  writeFileSync(space.path('text.npy'), 'no array');
  for (const [flags, message] of [
    [['--shape', 'photo=1,1,16,16'], /no input "photo", expected "image"/],
    [['--range', 'photo=0,1'], /no input "photo"/],
    [['--input', 'image=missing.npy'], /"missing\.npy" cannot be read: there is no such file/],
    [['--input', 'image=text.npy'], /"text\.npy": /],
  ] as const) {
    const { code, err } = await space.run('verify', 'digits.onnx', 'deploy.onnx', ...flags);
    expect(code).toBe(1);
    expect(err).toMatch(/^error: /);
    expect(err).toMatch(message);
  }
});

test('bench measures one model, or two in turn', async () => {
  const one = await space.run('bench', 'digits.onnx', '--seconds', '0.1', '--format', 'json');
  expect(JSON.parse(one.out).models).toHaveLength(1);
  const two = await space.run('bench', 'digits.onnx', 'deploy.onnx', '--seconds', '0.1', '--threads', '1');
  expect(two.code).toBe(0);
  expect(two.out).toMatch(/^model +median +first quartile +third quartile +ratio +load +size\n/);
  expect(two.out).toMatch(/\ndigits\.onnx +\S+ ms +\S+ ms +\S+ ms +1\.000 +\S+ ms +444 kB\n/);
  expect(two.out).toMatch(/runs of each in turn, onnxruntime-node \S+, 1 thread, image \[1, 1, 16, 16\]\./);
  expect(two.out).toMatch(/deploy\.onnx takes \d+\.\d{3} times as long as digits\.onnx\.\n$/);
});

test('the size of external data counts', async () => {
  const path = repositoryFile('packages/testing/fixtures/opsets/external.onnx');
  const { out } = await space.run('bench', path, '--seconds', '0.05', '--format', 'json');
  expect(JSON.parse(out).models[0].bytes).toBe(1067 + 720);
});
