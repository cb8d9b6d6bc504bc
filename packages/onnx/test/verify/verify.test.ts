/** verify: equal models are found equal, and unequal ones are not. */
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { type Fixture, listFixtures, listOpsetModels } from '@reparam/testing';
import { describe, expect, test } from 'vitest';
import { DataType } from '../../src/elements/data-type.ts';
import { type VerifyReport, verify } from '../../src/verify/index.ts';
import { replaceInitializer } from './patched-model.ts';
import { unary } from './tiny-model.ts';

const kinds = ['node', 'web'] as const;
const fixtures = listFixtures();
const fixture = (name: string): Fixture => fixtures.find((line) => line.name === name)!;
const pathOf = ({ train }: Fixture, variant: string): string => train.find((file) => file.variant === variant)!.path!;
const _digits = (file: string) => fileURLToPath(new URL(`../../../../examples/digits/${file}`, import.meta.url));
const opsetModel = (name: string) => listOpsetModels().find((model) => model.name === name)!;
const shapesOf = ({ cases }: VerifyReport) => [...new Set(cases.map(({ shapes }) => JSON.stringify(shapes)))];

describe.each(kinds)('verify in onnxruntime-%s', (runtime) => {
  test.each(['repvgg', 'fastvit', 'levit', 'dbb', 'lora'])(
    'finds the authors own deploy form of %s equal',
    async (name) => {
      const { train, deploy } = fixture(name);
      for (const { path } of train) {
        const report = await verify(path!, deploy.path!, { runtime });
        expect(report).toMatchObject({
          equal: true,
          tolerance: 1e-4,
          skipped: [],
          runtime: { name: `onnxruntime-${runtime}` },
        });
        expect(report.failure).toBeUndefined();
        expect(report.cases.map(({ family, sample }) => `${family} ${sample}`)).toEqual([
          'normal 0',
          'normal 1',
          'negative 0',
          'negative 1',
          'large 0',
          'large 1',
        ]);
        for (const { maxRelative, snr } of report.outputs) {
          expect(maxRelative).toBeLessThan(2e-5);
          expect(snr ?? 200).toBeGreaterThan(90);
        }
      }
    },
  );

  test('runs several sizes where sizes are symbolic', async () => {
    const path = pathOf(fixture('repvgg'), 'train.torchscript-unfolded');
    const report = await verify(path, path, { runtime, samples: 1 });
    expect(shapesOf(report).map((text) => JSON.parse(text).input)).toEqual([
      [2, 3, 64, 64],
      [1, 3, 33, 37],
      [1, 3, 64, 96],
    ]);
    expect(report.outputs).toEqual([
      {
        name: 'output',
        type: 'float32',
        equal: true,
        maxAbsolute: 0,
        maxRelative: 0,
        snr: null,
        top1: 1,
        nonFinite: 0,
      },
    ]);
  });

  test('names the first value that differs', async () => {
    const path = pathOf(fixture('repvgg'), 'train.torchscript-unfolded');
    const { bytes, values } = await replaceInitializer(path, 12, (weights) => weights.map((weight) => 1.5 * weight));
    const report = await verify(path, bytes, { runtime, samples: 1 });
    expect(report).toMatchObject({
      equal: false,
      failure: { reason: 'value', output: 'output', case: { family: 'normal' } },
    });
    expect(report.failure!.firstDivergent!.name).toBe(values[0]);
    expect(report.failure!.firstDivergent!.maxRelative).toBeGreaterThan(0.01);
    expect(report.outputs[0]!.equal).toBe(false);
    expect(report.cases.length).toBe(9);
  });

  test('runs integers, bool and all floats', async () => {
    for (const type of ['FLOAT16', 'FLOAT', 'DOUBLE', 'INT8', 'UINT8', 'INT32', 'INT64', 'BOOL'] as const) {
      const model = unary('Identity', DataType[type]);
      const report = await verify(model, model, { runtime });
      expect(report, type).toMatchObject({ equal: true, outputs: [{ maxAbsolute: 0 }] });
    }
  });

  test('reads external data, from paths and as given', async () => {
    const { path } = opsetModel('external');
    const bytes = readFileSync(path);
    const externalData = { 'external.onnx_data': readFileSync(`${path}_data`) };
    expect(await verify(path, { bytes, externalData }, { runtime })).toMatchObject({ equal: true });
    await expect(verify(path, bytes, { runtime })).rejects.toMatchObject({ code: 'external-data-missing' });
  });
});
