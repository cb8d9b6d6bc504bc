/** verify: models that cannot be compared, or only in part. */
import { fileURLToPath } from 'node:url';
import { type Fixture, listFixtures, listOpsetModels } from '@reparam/testing';
import { describe, expect, test } from 'vitest';
import { DataType } from '../../src/elements/data-type.ts';
import { type VerifyOptions, type VerifyReport, verify } from '../../src/verify/index.ts';
import { tinyModel, unary } from './tiny-model.ts';

const _kinds = ['node', 'web'] as const;
const fixtures = listFixtures();
const _fixture = (name: string): Fixture => fixtures.find((line) => line.name === name)!;
const _pathOf = ({ train }: Fixture, variant: string): string => train.find((file) => file.variant === variant)!.path!;
const _digits = (file: string) => fileURLToPath(new URL(`../../../../examples/digits/${file}`, import.meta.url));
const _opsetModel = (name: string) => listOpsetModels().find((model) => model.name === name)!;
const shapesOf = ({ cases }: VerifyReport) => [...new Set(cases.map(({ shapes }) => JSON.stringify(shapes)))];

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
