/** A shift before zero padding: the formula that is wrong at the border, and two repairs that are right. */
import { compose, conv, explainCompose, isRefusal, type Operator, type Sample, scale } from '@reparam/core';
import type { Law, Shown, Side } from '../law.ts';
import { addSamples, affine, conv2d, convTensors, gridsOf, runInOrder, sampleOf } from '../tensors.ts';

const SIZE = 4;

export const borderRepair: Law = {
  fields: [
    { name: 'x', label: 'x', rows: SIZE, columns: SIZE, initial: [1, 2, 0, -1, 0, 3, 1, 1, -2, 1, 1, 0, 1, 0, -1, 2] },
    { name: 't', label: 't', rows: 1, columns: 1, initial: [0.5] },
    { name: 'c', label: 'c', rows: 1, columns: 1, initial: [1] },
    { name: 'w', label: 'W', rows: 3, columns: 3, initial: [1, 2, 1, 2, 1, 0, -1, 2, 1] },
  ],
  choices: [
    {
      name: 'form',
      label: 'Merged with',
      options: [
        { value: 'number', label: 'one number as the bias' },
        { value: 'map', label: 'a bias map' },
        { value: 'ring', label: 'a ring of −c/t' },
      ],
      initial: 'number',
    },
  ],
  solve: ({ x, t, c, w }, { form }) => {
    const norm = affine(t, c);
    const layer = conv2d(w, [3, 3], { pad: 1 });
    const input = sampleOf(x, 1, [SIZE, SIZE]);
    const { side, merged } = mergeAs(form!, { input, norm, layer, t: t![0]!, c: c![0]!, w: w! });
    const exact = explainCompose(layer, norm);
    return {
      left: { caption: 'W ∗ (t x + c), padded with 0', output: runInOrder(input, norm, layer) },
      right: side,
      merged,
      refusal: form === 'number' && isRefusal(exact) ? exact : null,
    };
  },
};

interface Parts {
  readonly input: Sample;
  readonly norm: Operator;
  readonly layer: Operator;
  readonly t: number;
  readonly c: number;
  readonly w: readonly number[];
}

function mergeAs(form: string, parts: Parts): { side: Side; merged: Shown[] } {
  const { input, norm, layer, t, c, w } = parts;
  const formula = compose(layer, norm, { interior: true });
  if (form === 'number') {
    return {
      side: { caption: 'W′ ∗ x + b′', output: runInOrder(input, formula) },
      merged: convTensors(formula, 'W′', 'b′'),
    };
  }
  const linear = compose(layer, scale(1, t));
  if (form === 'map') {
    const shifts = sampleOf(new Array<number>(SIZE * SIZE).fill(c), 1, [SIZE, SIZE]);
    const map = runInOrder(shifts, layer);
    return {
      side: { caption: 'W′ ∗ x + B, a bias for each position', output: addSamples(runInOrder(input, linear), map) },
      merged: [...convTensors(linear, 'W′', null), { label: 'B', grids: gridsOf(map) }],
    };
  }
  const ring = ringed(input, t === 0 ? 0 : -c / t); // no ring helps where t is 0
  const unpadded = compose(conv({ weight: w, inChannels: 1, outChannels: 1, kernel: [3, 3] }), norm);
  return {
    side: { caption: 'W′ ∗ (x in a ring) + b′, no padding', output: runInOrder(ring, unpadded) },
    merged: [{ label: 'x in its ring', grids: gridsOf(ring) }, ...convTensors(unpadded, 'W′', 'b′')],
  };
}

/** The map with a ring of one value around it. */
function ringed({ data }: Sample, value: number): Sample {
  const size = SIZE + 2;
  const values = Array.from({ length: size * size }, (_, index) => {
    const [row, column] = [Math.floor(index / size) - 1, (index % size) - 1];
    const isInside = row >= 0 && row < SIZE && column >= 0 && column < SIZE;
    return isInside ? data[row * SIZE + column]! : value;
  });
  return sampleOf(values, 1, [size, size]);
}
