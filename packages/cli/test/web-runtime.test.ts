/** The commands that run models, in onnxruntime-web. A process of its own: the two runtimes share their settings. */

import { expect, test } from 'vitest';
import { useWorkspace } from './command-line.ts';

const space = useWorkspace();

test('onnxruntime-web where it is asked for', async () => {
  await space.run('convert', 'digits.onnx', 'deploy.onnx', '-q');
  const verified = await space.run('verify', 'digits.onnx', 'deploy.onnx', '--runtime', 'web', '--samples', '1');
  expect(verified.err).toBe('');
  expect(verified.out).toMatch(/\nequal: .*onnxruntime-web/);
  expect(verified.code).toBe(0);
  const measured = await space.run('bench', 'digits.onnx', 'deploy.onnx', '--runtime', 'web', '--seconds', '0.1');
  expect(measured.out).toMatch(/onnxruntime-web/);
});

// WebAssembly gives nothing else a turn: without time for it, a signal would never be heard.
test.each([
  [['verify', 'digits.onnx', 'digits.onnx', '--runtime', 'web', '--samples', '1000000000']],
  [['bench', 'digits.onnx', '--runtime', 'web', '--seconds', '1000000']],
])('an interrupt is heard while models run: %s', async (argv) => {
  const controller = new AbortController();
  setTimeout(() => controller.abort(), 500);
  expect(await space.runIn({ signal: controller.signal }, ...argv)).toMatchObject({ code: 1, err: 'interrupted\n' });
});
