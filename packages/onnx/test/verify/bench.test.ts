/** Benchmarks: what is measured, and how it is reported. */
import { listFixtures } from '@reparam/testing';
import { describe, expect, test } from 'vitest';
import { DataType } from '../../src/elements/data-type.ts';
import { benchModels } from '../../src/verify/index.ts';
import { unary } from './tiny-model.ts';

const { train, deploy } = listFixtures().find(({ name }) => name === 'mobileone')!;
const models = [
  { name: 'train', model: train[0]!.path! },
  { name: 'deploy', model: deploy.path! },
];

describe.each(['node', 'web'] as const)('benchModels in onnxruntime-%s', (runtime) => {
  test('times models in turn', async () => {
    const report = await benchModels(models, { runtime, runs: 7, warmup: 1, loads: 2, threads: 1 });
    expect(report).toMatchObject({
      runtime: { name: `onnxruntime-${runtime}` },
      threads: 1,
      optimization: 'all',
      runs: 7,
      shapes: { input: [1, 3, 32, 32] },
      models: [{ name: 'train', ratio: 1 }, { name: 'deploy' }],
    });
    for (const { median, quartiles, ratio, load } of report.models) {
      expect(quartiles[0]).toBeGreaterThan(0);
      expect(median).toBeGreaterThanOrEqual(quartiles[0]);
      expect(median).toBeLessThanOrEqual(quartiles[1]);
      expect(ratio).toBeGreaterThan(0);
      expect(load).toBeGreaterThan(0);
    }
    expect(JSON.parse(JSON.stringify(report))).toEqual(report);
  });
});

describe('benchModels', () => {
  test('runs for a time', async () => {
    const start = performance.now();
    const { runs } = await benchModels(models, { seconds: 0.2 });
    expect(runs).toBeGreaterThanOrEqual(5);
    expect(performance.now() - start).toBeGreaterThan(200);
  });

  test('takes one image of 224 where sizes are free, or given shapes', async () => {
    const model = unary('Relu', DataType.FLOAT, ['batch', 3, 'height', 'width']);
    const options = { runs: 1, warmup: 0, loads: 1 };
    expect((await benchModels([{ name: 'a', model }], options)).shapes).toEqual({ x: [1, 3, 224, 224] });
    const shapes = { x: [2, 3, 4, 5] };
    expect((await benchModels([{ name: 'a', model }], { ...options, shapes })).shapes).toEqual(shapes);
    const batch = unary('Relu', DataType.FLOAT, ['batch', 3]);
    expect((await benchModels([{ name: 'a', model: batch }], options)).shapes).toEqual({ x: [1, 3] });
  });

  test('says which model does not load or run', async () => {
    const model = unary('Relu', DataType.FLOAT, [4]);
    const wrong = { name: 'wrong', model: unary('NoSuchOperator', DataType.FLOAT) };
    await expect(benchModels([{ name: 'right', model }, wrong])).rejects.toMatchObject({
      code: 'not-loaded',
      message: expect.stringContaining('Model "wrong" cannot be loaded: '),
    });
    const longer = { name: 'longer', model: unary('Relu', DataType.FLOAT, [5]) };
    await expect(benchModels([{ name: 'right', model }, longer])).rejects.toMatchObject({
      code: 'rejected',
      message: expect.stringContaining('Model "longer" cannot be run: '),
      hint: expect.stringContaining('{"x":[4]}'),
    });
  });

  test('needs a model', async () => {
    await expect(benchModels([])).rejects.toThrow('no model');
  });
});
