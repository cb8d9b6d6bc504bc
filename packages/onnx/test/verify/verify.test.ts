import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { type Fixture, listFixtures, listOpsetModels } from '@reparam/testing';
import { describe, expect, test } from 'vitest';
import { DataType } from '../../src/elements/data-type.ts';
import { loadRuntime, parseNpy, type VerifyOptions, type VerifyReport, verify } from '../../src/verify/index.ts';
import { replaceInitializer } from './patched-model.ts';
import { tinyModel, unary } from './tiny-model.ts';

const kinds = ['node', 'web'] as const;
const fixtures = listFixtures();
const fixture = (name: string): Fixture => fixtures.find((line) => line.name === name)!;
const pathOf = ({ train }: Fixture, variant: string): string => train.find((file) => file.variant === variant)!.path!;
const digits = (file: string) => fileURLToPath(new URL(`../../../../examples/digits/${file}`, import.meta.url));
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

describe('what cannot be compared', () => {
  const float = (...dims: (number | string | null)[]) => [DataType.FLOAT, ...dims] as const;
  const relu = unary('Relu', DataType.FLOAT);
  const failureOf = async (first: Uint8Array, second: Uint8Array, options: VerifyOptions = {}) => {
    const report = await verify(first, second, options);
    expect(report.equal).toBe(false);
    return report.failure!;
  };

  test('are models with other inputs or outputs', async () => {
    const other = tinyModel({
      inputs: { a: float(4) },
      outputs: { y: float(4), z: float(4) },
      nodes: ['y', 'z'].map((output) => ({ op: 'Relu', inputs: ['a'], outputs: [output] })),
    });
    expect(await failureOf(relu, other)).toEqual({
      reason: 'interface',
      message:
        'The models differ: input "x" is in the first model only; input "a" is in the second model only; ' +
        'output "z" is in the second model only.',
    });
    for (const wrong of [
      unary('Relu', DataType.DOUBLE),
      unary('Relu', DataType.FLOAT, [5]),
      unary('Relu', DataType.FLOAT, [1, 4]),
    ])
      expect(await failureOf(relu, wrong)).toMatchObject({
        reason: 'interface',
        message: expect.stringMatching(
          /input "x" is float32 \[4\] in the first model, float\d\d \[.*\] in the second; output "y"/,
        ),
      });
  });

  test('is a fixed size that the symbol does not take', async () => {
    const report = await verify(unary('Relu', DataType.FLOAT, ['n', 4]), unary('Relu', DataType.FLOAT, [7, 4]));
    expect(report).toMatchObject({ equal: true, cases: Array(6).fill({ shapes: { x: [7, 4] } }) });
  });

  test('is a second model that does not load; a first one is an error', async () => {
    const wrong = unary('NoSuchOperator', DataType.FLOAT);
    expect(await failureOf(relu, wrong)).toMatchObject({
      reason: 'not-loaded',
      message: expect.stringContaining('NoSuchOperator'),
    });
    await expect(verify(wrong, relu)).rejects.toMatchObject({ name: 'UnsupportedError', code: 'not-loaded' });
    await expect(verify(relu, new Uint8Array([1, 2, 3]))).rejects.toMatchObject({ name: 'FormatError' });
    await expect(verify(relu, 'no-such-file.onnx')).rejects.toMatchObject({ code: 'cannot-read' });
  });

  test('is a size that only one model takes', async () => {
    expect(await failureOf(unary('Relu', DataType.FLOAT, ['n', 'm']), blocksOf(4))).toMatchObject({
      reason: 'rejected',
      message: expect.stringContaining('The second model refuses normal inputs "x" [1, 33], which the other takes'),
      case: { shapes: { x: [1, 33] } },
    });
  });

  test('a size that neither takes is skipped', async () => {
    const report = await verify(blocksOf(4), blocksOf(4));
    expect(report).toMatchObject({ equal: true, skipped: [{ family: 'normal', shapes: { x: [1, 33] } }] });
    expect(report.skipped[0]!.reason).toMatch(/^both models refuse it: /);
    expect(shapesOf(report)).toHaveLength(2);
  });

  test('other sizes are tried where no common one is taken', async () => {
    expect(shapesOf(await verify(blocksOf(56), blocksOf(56)))).toEqual(['{"x":[1,224]}']);
    expect(shapesOf(await verify(blocksOf(56), blocksOf(56), { shapes: { x: [3, 112] } }))).toEqual(['{"x":[3,112]}']);
    expect(await failureOf(blocksOf(17), blocksOf(17))).toMatchObject({
      reason: 'nothing-compared',
      message: expect.stringContaining('refuse'),
    });
  });

  test('is an output without a number', async () => {
    const nothing = tinyModel({
      inputs: { x: float(4) },
      outputs: { y: float(4) },
      nodes: [{ op: 'Div', inputs: ['x', 'zero'], outputs: ['y'] }],
      constants: { zero: [0] },
    });
    const { failure, skipped } = await verify(nothing, nothing);
    expect(failure).toMatchObject({
      reason: 'nothing-compared',
      message: expect.stringContaining('no output has a finite number'),
    });
    expect(skipped).toHaveLength(6);
  });

  test('is another shape, and NaN in one of them', async () => {
    const dynamic = (op: string) =>
      tinyModel({
        inputs: { x: float('n') },
        outputs: { y: float(null) },
        nodes: [{ op, inputs: ['x'], outputs: ['y'] }],
      });
    expect(await failureOf(dynamic('Relu'), dynamic('Unique'), { ranges: { x: [0, 0] } })).toEqual({
      reason: 'shape',
      message: 'Output "y" has another shape, for range inputs "x" [2].',
      output: 'y',
      case: { family: 'range', sample: 0, shapes: { x: [2] } },
      firstDivergent: { name: 'y', maxRelative: null, operators: ['Relu', 'Unique'] },
    });
    expect(await failureOf(dynamic('Abs'), dynamic('Sqrt'))).toMatchObject({
      reason: 'non-finite',
      message: expect.stringMatching(/^Output "y" has \d+ elements that are NaN or infinite in one model only/),
      firstDivergent: { name: 'y', maxRelative: null, operators: ['Abs', 'Sqrt'] },
    });
  });

  test('stops when it is cancelled', async () => {
    const signal = { aborted: true, reason: new Error('enough') };
    await expect(verify(relu, relu, { signal })).rejects.toThrow('enough');
    const steps: number[] = [];
    await verify(relu, relu, { onProgress: ({ done, total }) => steps.push(done / total) });
    expect(steps).toEqual([0, 1 / 6, 2 / 6, 3 / 6, 4 / 6, 5 / 6]);
  });

  /** Takes only matrices whose number of columns is a multiple of `size`. */
  function blocksOf(size: number): Uint8Array {
    return tinyModel({
      inputs: { x: float('n', 'm') },
      outputs: { y: float('n', 'm') },
      nodes: [
        { op: 'Cast', inputs: ['size'], outputs: ['shape'], attributes: { to: { type: 2, i: 7n } } },
        { op: 'Shape', inputs: ['x'], outputs: ['before'] },
        { op: 'Reshape', inputs: ['x', 'shape'], outputs: ['blocks'] },
        { op: 'Relu', inputs: ['blocks'], outputs: ['relu'] },
        { op: 'Reshape', inputs: ['relu', 'before'], outputs: ['y'] },
      ],
      constants: { size: [0, -1, size] },
    });
  }
});
