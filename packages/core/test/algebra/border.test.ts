import { describe, expect, test } from 'vitest';
import {
  averagePool,
  batchNorm,
  type ComposeOptions,
  compose,
  conv,
  explainCompose,
  isRefusal,
  type Operator,
  pad,
  ReparamError,
  scale,
  symbol,
} from '../../src/index.ts';
import { batchNormFrom, signedValues } from '../arbitraries.ts';

interface Window {
  readonly kernel: number;
  readonly pad?: number;
  readonly stride?: number;
  readonly dilation?: number;
  readonly bias?: boolean;
}

/** A 2-D convolution on 4 channels; without a bias unless asked. */
function window({ kernel, pad: padding = 0, stride = 1, dilation = 1, bias = false }: Window): Operator {
  return conv({
    weight: signedValues(16 * kernel * kernel, kernel),
    bias: bias ? [1, 2, 3, 4] : undefined,
    outChannels: 4,
    inChannels: 4,
    kernel: [kernel, kernel],
    stride: [stride, stride],
    dilation: [dilation, dilation],
    padBegin: [padding, padding],
  });
}

function verdict(second: Operator, first: Operator, options: ComposeOptions = {}): string {
  const result = explainCompose(second, first, options);
  return isRefusal(result) ? result.reason : 'composed';
}

const norm = batchNorm(batchNormFrom(4, 7));
const plain = (kernel: number) => window({ kernel });
const same = (kernel: number) => window({ kernel, pad: (kernel - 1) / 2 });
const pool = averagePool(
  4,
  [1, 2].map(() => ({ kernel: 3, stride: 1, dilation: 1, padBegin: 0, padEnd: 0 })),
);

describe('the border rule accepts', () => {
  test.each<[string, Operator, Operator]>([
    ['conv -> batch norm', norm, window({ kernel: 3, pad: 1, stride: 2, bias: true })],
    ['batch norm -> 1x1 unpadded', plain(1), norm],
    ['batch norm -> 3x3 unpadded', plain(3), norm],
    ['batch norm -> unpadded average pooling', pool, norm],
    ['1x1 with a bias -> 3x3 unpadded', plain(3), window({ kernel: 1, bias: true })],
    ['1x1 without a bias -> 3x3 padded', same(3), plain(1)],
    ['scale without a shift -> 3x3 padded', same(3), scale(4, [1, 2, 3, 4])],
    ['3x3 padded with a bias -> 1x1 unpadded', plain(1), window({ kernel: 3, pad: 1, bias: true })],
    ['3x3 padded with a bias -> 3x3 unpadded', plain(3), window({ kernel: 3, pad: 1, bias: true })],
    ['3x3 with padding 2 (all of it) -> 3x3 padded', same(3), window({ kernel: 3, pad: 2 })],
    ['zero Pad -> 3x3 padded', same(3), pad(4, [2, 1])],
    ['crop -> 3x3 unpadded', plain(3), pad(4, [-1, -1])],
    [
      'strided 3x3 -> strided 1x1 unpadded',
      window({ kernel: 1, stride: 2 }),
      window({ kernel: 3, pad: 1, stride: 2, bias: true }),
    ],
    ['3x3 -> Pad of nothing', pad(4, [0, 0]), window({ kernel: 3, pad: 1, bias: true })],
    ['3x3 -> crop', pad(4, [-1, -1]), window({ kernel: 3, pad: 1, bias: true })],
  ])('%s', (_, second, first) => {
    expect(verdict(second, first)).toBe('composed');
  });

  test('1xk -> kx1 without a bias between: the windows lie on different axes', () => {
    const row = conv({ weight: signedValues(48, 1), outChannels: 4, inChannels: 4, kernel: [1, 3], padBegin: [0, 1] });
    const column = conv({
      weight: signedValues(48, 2),
      outChannels: 4,
      inChannels: 4,
      kernel: [3, 1],
      padBegin: [1, 0],
    });
    expect(verdict(column, row)).toBe('composed');
    expect(verdict(row, column)).toBe('composed');
  });

  test('a shift only on channels that the second does not read', () => {
    const second = compose(same(3), scale(4, [1, 1, 1, 1]));
    const firstHalf: Operator = {
      ...second,
      support: [{ count: 1, outStart: 0, outSize: 4, inStart: 0, inSize: 2 }],
      weight: window({ kernel: 3 }).weight,
    };
    expect(verdict({ ...firstHalf, weight: { ...firstHalf.weight, length: 72 } }, scale(4, 1, [0, 0, 5, 5]))).toBe(
      'composed',
    );
    expect(verdict({ ...firstHalf, weight: { ...firstHalf.weight, length: 72 } }, scale(4, 1, [0, 5, 0, 0]))).toBe(
      'border',
    );
  });

  test('a padding that no window of the given size reads', () => {
    const strided = conv({
      weight: signedValues(36, 1),
      outChannels: 4,
      inChannels: 1,
      kernel: [3, 3],
      stride: [2, 2],
      padBegin: [0, 0],
      padEnd: [1, 1],
    });
    const shift = scale(1, 1, 3);
    expect(verdict(strided, shift)).toBe('border');
    expect(verdict(strided, shift, { inputSize: [7, 7] })).toBe('composed');
    expect(verdict(strided, shift, { inputSize: [8, 8] })).toBe('border');
    expect(verdict(strided, shift, { inputSize: [symbol('H'), 7] })).toBe('border');
  });

  test('a strided first window whose next output would read nothing, for a given size only', () => {
    const first = conv({
      weight: [1],
      outChannels: 1,
      inChannels: 1,
      kernel: [1],
      stride: [2],
      padEnd: [-1],
      padBegin: [0],
    });
    const second = conv({ weight: [1, 1], outChannels: 1, inChannels: 1, kernel: [2], padEnd: [1], padBegin: [0] });
    expect(verdict(second, first)).toBe('border');
    expect(verdict(second, first, { inputSize: [6] })).toBe('composed');
    expect(verdict(second, first, { inputSize: [5] })).toBe('border');
  });
});

describe('the border rule refuses', () => {
  test.each<[string, Operator, Operator]>([
    ['batch norm -> 3x3 padded', same(3), norm],
    ['1x1 with a bias -> 3x3 padded', same(3), window({ kernel: 1, bias: true })],
    ['1x1 with a bias -> padded average pooling', averagePool(4, same(3).axes), window({ kernel: 1, bias: true })],
    ['3x3 padded -> 3x3 padded', same(3), same(3)],
    ['3x3 unpadded -> 3x3 padded', same(3), plain(3)],
    ['crop -> 3x3 padded', same(3), pad(4, [-1, -1])],
    ['3x3 -> Pad', pad(4, [1, 1]), same(3)],
    ['dilated 3x3 with padding 2 -> 3x3 padded', same(3), window({ kernel: 3, pad: 2, dilation: 2 })],
    ['shift -> Pad', pad(4, [1, 0]), scale(4, 1, 1)],
  ])('%s', (_, second, first) => {
    expect(verdict(second, first)).toBe('border');
  });

  test('with a message and a hint, which the law throws as an error of the same code', () => {
    expect(explainCompose(same(3), norm)).toMatchObject({
      reason: 'border',
      message: expect.stringContaining('by zero padding'),
      hint: expect.stringMatching(/\w/),
    });
    expect(() => compose(same(3), norm)).toThrow(ReparamError);
    expect(() => compose(same(3), norm)).toThrow(expect.objectContaining({ code: 'border' }));
  });

  test('channel counts that do not meet, as an error', () => {
    expect(() => compose(scale(3, 1), scale(4, 1))).toThrow(/reads 3 channels, the first gives 4/);
  });

  test('spatial ranks that do not meet, as an error', () => {
    const line = conv({ weight: [1], outChannels: 1, inChannels: 1, kernel: [1] });
    const plane = conv({ weight: [1], outChannels: 1, inChannels: 1, kernel: [1, 1] });
    expect(() => compose(line, plane)).toThrow(/spatial axes/);
  });
});
