/** Batch normalization before a grouped convolution: which channel's shift goes where. */
import { compose, conv } from '@reparam/core';
import type { Law } from '../law.ts';
import { affine, convTensors, runInOrder, sampleOf } from '../tensors.ts';

const CHANNELS = 4;

export const normBeforeGroups: Law = {
  fields: [
    { name: 'x', label: 'x', rows: CHANNELS, columns: 1, initial: [1, -2, 3, 1] },
    { name: 't', label: 't', rows: 1, columns: CHANNELS, initial: [1, 2, 3, 4] },
    { name: 'c', label: 'c', rows: 1, columns: CHANNELS, initial: [10, 20, 30, 40] },
    {
      name: 'w',
      label: 'W: 2 groups',
      rows: 2,
      columns: 2,
      titles: ['outputs 0, 1', 'outputs 2, 3'],
      initial: [1, 1, 1, -1, 1, 1, 1, -1],
    },
  ],
  choices: [
    {
      name: 'index',
      label: 'Input channel of weight [o, i]',
      options: [
        { value: 'right', label: '⌊o / (C_out/g)⌋ · C_in/g + i' },
        { value: 'cycled', label: '(o mod g) · C_in/g + i, as in published code' },
      ],
      initial: 'right',
    },
  ],
  solve: ({ x, t, c, w }, { index }) => {
    const norm = affine(t, c);
    const layer = conv({ weight: w!, groups: 2, inChannels: CHANNELS, outChannels: CHANNELS });
    const input = sampleOf(x, CHANNELS, []);
    const merged = index === 'right' ? compose(layer, norm) : mergeCycled(w!, t!, c!);
    return {
      left: { caption: 'W (t x + c)', output: runInOrder(input, norm, layer) },
      right: { caption: 'W′ x + b′', output: runInOrder(input, merged) },
      merged: convTensors(merged, 'W′', 'b′'),
    };
  },
};

/** The formula that goes through the groups output by output, in turn. */
function mergeCycled(w: readonly number[], t: readonly number[], c: readonly number[]) {
  const channelOf = (place: number) => (Math.floor(place / 2) % 2) * 2 + (place % 2);
  const weight = w.map((value, place) => value * t[channelOf(place)]!);
  const shift = w.map((value, place) => value * c[channelOf(place)]!);
  const bias = Array.from({ length: CHANNELS }, (_, out) => shift[2 * out]! + shift[2 * out + 1]!);
  return conv({ weight, bias, groups: 2, inChannels: CHANNELS, outChannels: CHANNELS });
}
