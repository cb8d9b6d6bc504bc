/** A batch norm behind a matrix product and a transpose: on the channels, or on the positions. */
import { compose, conv, refuse, type Sample, scale } from '@reparam/core';
import type { Law } from '../law.ts';
import { affine, convTensors, runInOrder, sampleOf } from '../tensors.ts';

const TOKENS = 3;

export const acrossAReshape: Law = {
  fields: [
    { name: 'x', label: 'x: 3 tokens of 2', rows: TOKENS, columns: 2, initial: [1, 2, 0, -1, 3, 1] },
    { name: 'w', label: 'W: 2 → 3', rows: 3, columns: 2, initial: [1, 0, 1, 1, 0, 2] },
    { name: 't', label: 't', rows: 1, columns: 3, initial: [1, 2, -1] },
    { name: 'c', label: 'c', rows: 1, columns: 3, initial: [0, 1, 5] },
  ],
  choices: [
    {
      name: 'axis',
      label: 'The transposed product is',
      options: [
        { value: 'channels', label: '[channels, tokens]: BN acts on what W made' },
        { value: 'tokens', label: '[tokens, channels]: BN acts on the tokens' },
      ],
      initial: 'channels',
    },
  ],
  solve: ({ x, w, t, c }, { axis }) => {
    const product = conv({ weight: w!, inChannels: 2, outChannels: 3 });
    const norm = affine(t, c);
    const input = swapAxes(sampleOf(x, TOKENS, [2]));
    const channels = runInOrder(input, product);
    const merged = compose(norm, product);
    if (axis === 'channels') {
      return {
        left: { caption: 'BN(transpose(x W))', output: runInOrder(channels, norm) },
        right: { caption: 'transpose(x W′ + b′)', output: runInOrder(input, merged) },
        merged: convTensors(merged, 'W′', 'b′'),
      };
    }
    return {
      left: { caption: 'BN over tokens of x W', output: runInOrder(swapAxes(channels), norm, scale(3, 1)) },
      right: { caption: 'x W′ + b′, as if they were channels', output: swapAxes(runInOrder(input, merged)) },
      merged: convTensors(merged, 'W′', 'b′'),
      refusal: refuse(
        'axis-mismatch',
        'it acts on axis 1, and the operator before it (MatMul) on axis 2',
        'keep channels on one axis',
      ),
    };
  },
};

/** Channels become positions, and positions channels. */
function swapAxes({ data, channels, size }: Sample): Sample {
  const [positions = 1] = size;
  const swapped = Array.from({ length: data.length }, (_, index) => {
    const [position, channel] = [Math.floor(index / channels), index % channels];
    return data[channel * positions + position]!;
  });
  return sampleOf(swapped, positions, [channels]);
}
