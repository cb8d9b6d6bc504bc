/** The first value that differs between two models. */
import { describe, expect, test } from 'vitest';
import { DataType } from '../../src/elements/data-type.ts';
import { verify } from '../../src/verify/index.ts';
import { type TinyNode, tinyModel } from './tiny-model.ts';

const float = [DataType.FLOAT, 4] as const;
const modelOf = (nodes: readonly TinyNode[], constants: Record<string, number[]> = {}) =>
  tinyModel({ inputs: { x: float }, outputs: { y: float }, nodes, constants });
const node = (op: string, inputs: string, output: string): TinyNode => ({
  op,
  inputs: inputs.split(' '),
  outputs: [output],
});

describe.each(['node', 'web'] as const)('the first value that differs, in onnxruntime-%s', (runtime) => {
  const firstOf = async (first: Uint8Array, second: Uint8Array) => {
    const { equal, failure } = await verify(first, second, { runtime, samples: 1 });
    expect(equal).toBe(false);
    return failure!.firstDivergent;
  };

  test('is found among hundreds, by names that both have', async () => {
    const chain = (wrong: number) =>
      modelOf(
        Array.from({ length: 200 }, (_, index) =>
          node(
            'Add',
            `${index === 0 ? 'x' : `v${index - 1}`} ${index === wrong ? 'two' : 'one'}`,
            index === 199 ? 'y' : `v${index}`,
          ),
        ),
        { one: [1], two: [2] },
      );
    for (const wrong of [0, 31, 32, 150, 199])
      expect(await firstOf(chain(-1), chain(wrong))).toMatchObject({
        name: wrong === 199 ? 'y' : `v${wrong}`,
        operators: ['Add', 'Add'],
      });
  });

  test('passes over values that only one model has', async () => {
    const first = modelOf([
      node('Neg', 'x', 'a'),
      node('Neg', 'a', 'b'),
      node('Relu', 'b', 'c'),
      node('Neg', 'c', 'y'),
    ]);
    const second = modelOf([node('Abs', 'x', 'other'), node('Relu', 'other', 'c'), node('Neg', 'c', 'y')]);
    expect(await firstOf(first, second)).toMatchObject({ name: 'c', operators: ['Relu', 'Relu'] });
  });

  test('may lie before others that are equal again', async () => {
    const model = (scale: number) =>
      modelOf([node('Mul', 'x scale', 'a'), node('Sign', 'a', 'b'), node('Add', 'b a', 'y')], { scale: [scale] });
    expect(await firstOf(model(1), model(2))).toMatchObject({ name: 'a', operators: ['Mul', 'Mul'], maxRelative: 1 });
  });

  test('is no value that cannot be given out', async () => {
    const model = (op: string) =>
      modelOf(
        [
          node('SequenceConstruct', 'x x', 'sequence'),
          node('Neg', 'x', 'a'),
          node('SequenceAt', 'sequence zero', 'b'),
          node(op, 'b', 'c'),
          node('Add', 'a c', 'y'),
          { ...node('ConstantOfShape', 'none', 'zero'), attributes: { value: zero } },
          node('Shape', 'scalar', 'none'),
          node('ReduceSum', 'x', 'sum'),
          node('Squeeze', 'sum', 'scalar'),
        ].sort((first, second) => order.indexOf(first.outputs[0]!) - order.indexOf(second.outputs[0]!)),
      );
    expect(await firstOf(model('Abs'), model('Neg'))).toMatchObject({ name: 'c', operators: ['Abs', 'Neg'] });
  });

  test('is not there if no common value differs but the cause has no name in both', async () => {
    const first = modelOf([node('Neg', 'x', 'a'), node('Abs', 'a', 'y')]);
    const second = modelOf([node('Neg', 'x', 'b'), node('Neg', 'b', 'y')]);
    expect(await firstOf(first, second)).toMatchObject({ name: 'y', operators: ['Abs', 'Neg'] });
  });
});

const order = ['sum', 'scalar', 'none', 'zero', 'sequence', 'a', 'b', 'c', 'y'];
/** An int64 tensor attribute of one zero. */
const zero = { type: 4, t: { dims: [1n], dataType: DataType.INT64, int64Data: [0n] } };
