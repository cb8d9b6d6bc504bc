/** The example trains, and what it makes is as accurate as what it trained. */
import { afterAll, expect, test, vi } from 'vitest';

vi.stubEnv('EPOCHS', '3');
afterAll(() => vi.unstubAllEnvs());

test('the example learns digits, and its deploy model is equal on wasm', async () => {
  const { accuracies, outputs, deploy, report } = await import('../../../examples/tfjs-train/train.js');
  const [before, after] = accuracies;
  expect(before).toBeGreaterThan(80); // guessing gives 10
  expect(after).toBe(before);
  expect(outputs[0]!.maxRelative).toBeLessThan(1e-5);
  expect(report.after.operatorCounts.BatchNormalization).toBeUndefined();
  expect(deploy.layers.filter((layer) => layer.getClassName() === 'Conv2D')).toHaveLength(3);
}, 180_000);
