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
