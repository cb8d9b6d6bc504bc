/** verify: its tolerance and its inputs. */
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { type Fixture, listFixtures, listOpsetModels } from '@reparam/testing';
import { describe, expect, test } from 'vitest';
import { DataType } from '../../src/elements/data-type.ts';
import { loadRuntime, parseNpy, type VerifyReport, verify } from '../../src/verify/index.ts';
import { tinyModel } from './tiny-model.ts';

const _kinds = ['node', 'web'] as const;
const fixtures = listFixtures();
const fixture = (name: string): Fixture => fixtures.find((line) => line.name === name)!;
const pathOf = ({ train }: Fixture, variant: string): string => train.find((file) => file.variant === variant)!.path!;
const digits = (file: string) => fileURLToPath(new URL(`../../../../examples/digits/${file}`, import.meta.url));
const _opsetModel = (name: string) => listOpsetModels().find((model) => model.name === name)!;
const _shapesOf = ({ cases }: VerifyReport) => [...new Set(cases.map(({ shapes }) => JSON.stringify(shapes)))];

describe('the tolerance', () => {
  test.each([
    ['BFLOAT16', 1e-1],
    ['FLOAT16', 2e-2],
    ['FLOAT', 1e-4],
    ['DOUBLE', 1e-9],
    ['INT64', 1e-4],
  ] as const)('of %s is %f', async (type, tolerance) => {
    const model = tinyModel({
      inputs: { x: [DataType.INT64, 4] },
      outputs: { y: [DataType.INT64, 4] },
      nodes: [
        { op: 'Cast', inputs: ['x'], outputs: ['inside'], attributes: { to: { type: 2, i: BigInt(DataType[type]) } } },
        { op: 'Cast', inputs: ['inside'], outputs: ['y'], attributes: { to: { type: 2, i: 7n } } },
      ],
      values: { inside: [DataType[type], 4] },
    });
    expect(await verify(model, model)).toMatchObject({ equal: true, tolerance });
  });

  test('can be given', async () => {
    const { train, deploy } = fixture('repvgg');
    const report = await verify(train[0]!.path!, deploy.path!, { tolerance: 1e-9, bisect: false });
    expect(report).toMatchObject({ equal: false, tolerance: 1e-9, failure: { reason: 'value' } });
    expect(report.failure!.message).toMatch(
      /^Output "output" differs by \d\.\de-7 of its largest value, allowed are 1e-9, for normal inputs "input" \[1, 3, 32, 32\]\.$/,
    );
    expect(report.failure!.firstDivergent).toBeUndefined();
  });
});

describe('inputs', () => {
  const images = parseNpy(readFileSync(digits('test-images.npy')));

  test('may be given', async () => {
    const report = await verify(digits('digits.onnx'), digits('digits-train.onnx'), {
      inputs: { [await inputOf('digits.onnx')]: images },
    });
    expect(report).toMatchObject({ equal: true, cases: [{ family: 'given', sample: 0 }], outputs: [{ top1: 1 }] });
  });

  test('may have ranges and shapes', async () => {
    const path = pathOf(fixture('acnet'), 'train.torchscript-unfolded');
    const channels = fixture('acnet').inputs.input![1]!;
    const shapes = { input: [1, channels, 9, 5] };
    const report = await verify(path, path, { ranges: { input: [0, 255] }, shapes });
    expect(report.cases.map(({ family }) => family)).toEqual(['range', 'range']);
    expect(report.cases[0]!.shapes).toEqual(shapes);
  });

  test('are the same with the same seed', async () => {
    const { train, deploy } = fixture('mobileone');
    const run = (seed: number) => verify(train[0]!.path!, deploy.path!, { seed });
    const [first, again, other] = [await run(3), await run(3), await run(4)];
    expect(again).toEqual(first);
    expect(other).not.toEqual(first);
    expect(JSON.parse(JSON.stringify(first))).toEqual(first);
  });

  async function inputOf(file: string): Promise<string> {
    const session = await (await loadRuntime()).createSession(digits(file));
    await session.release();
    return session.inputs[0]!.name;
  }
});
