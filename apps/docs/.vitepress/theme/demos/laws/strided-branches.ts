/** A 1x1 beside a 3x3 at stride 2, with padding that depends on the size. */
import { conv, explainAdd, isRefusal } from '@reparam/core';
import type { Law } from '../law.ts';
import { addSamples, convTensors, runInOrder, sampleOf } from '../tensors.ts';

const LARGEST = 6;

export const stridedBranches: Law = {
  fields: [
    {
      name: 'x',
      label: 'x (a 5×5 is its first five rows and columns)',
      rows: LARGEST,
      columns: LARGEST,
      initial: [
        1, 0, 2, -1, 0, 1, 0, 3, 1, 0, 1, 2, -2, 1, 1, 2, 0, 0, 1, 0, -1, 2, 1, 1, 0, 1, 0, 0, -1, 2, 3, 1, 0, 1, 1, 0,
      ],
    },
    { name: 'a', label: 'A: 3×3', rows: 3, columns: 3, initial: [1, 0, -1, 2, 0, -2, 1, 0, -1] },
    { name: 'b', label: 'B: 1×1', rows: 1, columns: 1, initial: [10] },
  ],
  choices: [
    {
      name: 'size',
      label: 'Size',
      options: [
        { value: '5', label: '5×5' },
        { value: '6', label: '6×6' },
      ],
      initial: '6',
    },
    {
      name: 'padding',
      label: 'Padding of A',
      options: [
        { value: 'same', label: 'SAME, as TensorFlow has it' },
        { value: 'explicit', label: '1 on each side' },
      ],
      initial: 'same',
    },
  ],
  solve: ({ x, a, b }, { size, padding }) => {
    const n = Number(size);
    const [begin, end] = padding === 'same' ? samePadding(n) : [1, 1];
    const shape = { inChannels: 1, outChannels: 1, stride: [2, 2] };
    const branches = [
      conv({ ...shape, weight: a!, kernel: [3, 3], padBegin: [begin, begin], padEnd: [end, end] }),
      conv({ ...shape, weight: b!, kernel: [1, 1] }),
    ];
    const values = x!.filter((_, index) => index % LARGEST < n && index < n * LARGEST);
    const input = sampleOf(values, 1, [n, n]);
    const merged = explainAdd(branches, [n, n]);
    const left = addSamples(...branches.map((branch) => runInOrder(input, branch)));
    if (isRefusal(merged)) throw new Error(merged.message);
    return {
      left: { caption: 'A ∗ x + B ∗ x, stride 2', output: left },
      right: { caption: `W′ ∗ x, padding ${begin} before and ${end} after`, output: runInOrder(input, merged) },
      merged: convTensors(merged, 'W′', null),
    };
  },
};

/** Before and after, for kernel 3 and stride 2. */
function samePadding(n: number): [number, number] {
  const total = Math.max(0, (Math.ceil(n / 2) - 1) * 2 + 3 - n);
  return [Math.floor(total / 2), total - Math.floor(total / 2)];
}
