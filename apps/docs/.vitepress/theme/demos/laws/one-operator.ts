/** Padding and cropping as operators of their own, and as part of a convolution. */
import { compose, type Operator, pad, type Sample } from '@reparam/core';
import type { Law } from '../law.ts';
import { conv2d, convTensors, runInOrder, sampleOf } from '../tensors.ts';

const SIZE = 5;

export const oneOperator: Law = {
  fields: [
    {
      name: 'x',
      label: 'x',
      rows: SIZE,
      columns: SIZE,
      initial: [1, 0, 2, -1, 0, 0, 3, 1, 0, 1, -2, 1, 1, 2, 0, 1, 0, -1, 2, 1, 0, 1, 0, 0, -1],
    },
    { name: 'w', label: 'W', rows: 3, columns: 3, initial: [1, 2, 1, 0, 0, 0, -1, -2, -1] },
    { name: 'b', label: 'b', rows: 1, columns: 1, initial: [1] },
  ],
  choices: [
    numbers('stride', 'Stride', ['1', '2']),
    numbers('dilation', 'Dilation', ['1', '2']),
    {
      name: 'pad',
      label: 'Padding',
      options: [
        { value: '0', label: '0' },
        { value: '1', label: '1' },
        { value: '2', label: '2' },
        { value: '-1', label: '−1: a crop' },
      ],
      initial: '1',
    },
  ],
  solve: ({ x, w, b }, { stride, dilation, pad: width }) => {
    const [amount, step, spread] = [
      Number(width),
      Number(stride),
      dilation === '2' && width === '-1' ? 1 : Number(dilation),
    ];
    const layer = conv2d(w, [3, 3], { bias: b, stride: step, dilation: spread });
    const input = sampleOf(x, 1, [SIZE, SIZE]);
    const merged: Operator = compose(layer, pad(1, [amount, amount]));
    return {
      left: {
        caption: 'the sum, position by position',
        output: sumByDefinition(input, w!, b![0]!, step, spread, amount),
      },
      right: { caption: 'Pad and convolution, composed', output: runInOrder(input, merged) },
      merged: convTensors(merged, 'W′', 'b′'),
    };
  },
};

/** y[p] = b + sum over k of W[k] x[s p + d k - pad], written out. */
function sumByDefinition(
  { data }: Sample,
  weight: readonly number[],
  bias: number,
  stride: number,
  dilation: number,
  pad: number,
): Sample {
  const size = Math.floor((SIZE + 2 * pad - 2 * dilation - 1) / stride) + 1;
  const inside = (position: number) => position >= 0 && position < SIZE;
  const at = (row: number, column: number) => (inside(row) && inside(column) ? data[row * SIZE + column]! : 0);
  const outputs = Array.from({ length: size * size }, (_, index) => {
    const [row, column] = [stride * Math.floor(index / size) - pad, stride * (index % size) - pad];
    return weight.reduce(
      (sum, value, k) => sum + value * at(row + dilation * Math.floor(k / 3), column + dilation * (k % 3)),
      bias,
    );
  });
  return sampleOf(outputs, 1, [size, size]);
}

function numbers(name: string, label: string, values: readonly string[]) {
  return { name, label, options: values.map((value) => ({ value, label: value })), initial: values[0]! };
}
