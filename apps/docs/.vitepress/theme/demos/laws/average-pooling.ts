/** Average pooling, whose padding counts or does not. */
import { averagePool, pointAxis, refuse, type Sample } from '@reparam/core';
import type { Law } from '../law.ts';
import { convTensors, runInOrder, sampleOf } from '../tensors.ts';

const SIZE = 4;

export const averagePooling: Law = {
  fields: [
    { name: 'x', label: 'x', rows: SIZE, columns: SIZE, initial: [9, 0, 0, 9, 0, 9, 9, 0, 0, 9, 9, 0, 9, 0, 0, 9] },
  ],
  choices: [
    {
      name: 'padding',
      label: 'Padding of the 3×3 pooling',
      options: [
        { value: 'none', label: 'none' },
        { value: 'counted', label: '1, counted (count_include_pad = 1)' },
        { value: 'left-out', label: '1, left out (count_include_pad = 0)' },
      ],
      initial: 'counted',
    },
  ],
  solve: ({ x }, { padding }) => {
    const pad = padding === 'none' ? 0 : 1;
    const axis = { ...pointAxis, kernel: 3, padBegin: pad, padEnd: pad };
    const pool = averagePool(1, [axis, axis]);
    const input = sampleOf(x, 1, [SIZE, SIZE]);
    return {
      left: { caption: 'mean of each window', output: meanOfWindows(input, pad, padding === 'left-out') },
      right: { caption: 'W′ ∗ x', output: runInOrder(input, pool) },
      merged: convTensors(pool, 'W′', null),
      refusal:
        padding === 'left-out'
          ? refuse(
              'excluded-padding',
              'its padding is left out of the average, so border windows divide by fewer elements',
              'use count_include_pad=1, or no padding',
            )
          : null,
    };
  },
};

/** The pooling as its definition has it, window by window. */
function meanOfWindows({ data }: Sample, pad: number, leavesOut: boolean): Sample {
  const size = SIZE + 2 * pad - 2;
  const means = Array.from({ length: size * size }, (_, index) => {
    const [top, left] = [Math.floor(index / size) - pad, (index % size) - pad];
    const inside = Array.from({ length: 9 }, (_, tap) => [top + Math.floor(tap / 3), left + (tap % 3)] as const).filter(
      ([row, column]) => row >= 0 && row < SIZE && column >= 0 && column < SIZE,
    );
    const sum = inside.reduce((total, [row, column]) => total + data[row * SIZE + column]!, 0);
    return sum / (leavesOut ? inside.length : 9);
  });
  return sampleOf(means, 1, [size, size]);
}
