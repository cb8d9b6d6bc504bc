/** Branches with different numbers of groups, added up. */
import { add, arrayOf, conv, diagonal, largestGroups, type Operator } from '@reparam/core';
import type { Law } from '../law.ts';
import { addSamples, matrixOf, runInOrder, sampleOf } from '../tensors.ts';

const CHANNELS = 4;

export const groupSum: Law = {
  fields: [
    { name: 'x', label: 'x', rows: CHANNELS, columns: 1, initial: [1, -2, 3, 1] },
    { name: 'd', label: 'D: 4 groups (a scale)', rows: 1, columns: CHANNELS, initial: [1, 2, -1, 3] },
    {
      name: 'a',
      label: 'A: 2 groups',
      rows: 2,
      columns: 2,
      titles: ['group 0', 'group 1'],
      initial: [1, 0.5, -1, 2, 2, 1, 0, -1],
    },
    {
      name: 'f',
      label: 'F: 1 group',
      rows: CHANNELS,
      columns: CHANNELS,
      initial: new Array<number>(16).fill(0).fill(1, 2, 4),
    },
  ],
  choices: [
    {
      name: 'branches',
      label: 'Branches',
      options: [
        { value: 'D A', label: 'D + A' },
        { value: 'D A F', label: 'D + A + F' },
      ],
      initial: 'D A',
    },
  ],
  solve: ({ x, d, a, f }, { branches }) => {
    const dense = (weight: readonly number[], groups: number) =>
      conv({ weight, groups, inChannels: CHANNELS, outChannels: CHANNELS });
    const all: Record<string, Operator> = {
      D: diagonal(CHANNELS, arrayOf(Float64Array.from(d!)), null),
      A: dense(a!, 2),
      F: dense(f!, 1),
    };
    const names = branches!.split(' ');
    const operators = names.map((name) => all[name]!);
    const input = sampleOf(x, CHANNELS, []);
    const merged = add(...operators);
    const groups = largestGroups(merged);
    return {
      left: {
        caption: `${names.map((name) => `${name} x`).join(' + ')}`,
        output: addSamples(...operators.map((operator) => runInOrder(input, operator))),
      },
      right: { caption: `W′ x, ${groups} ${groups === 1 ? 'group' : 'groups'}`, output: runInOrder(input, merged) },
      merged: [{ label: 'W′ as a whole matrix', grids: [matrixOf(merged)] }],
    };
  },
};
