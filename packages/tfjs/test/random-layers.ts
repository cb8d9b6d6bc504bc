/** Random Layers models: linear layers and barriers, branches that meet, shared and nested layers, activations, all paddings. */
import { broadcast, concatenate, merge, normalization, plain, window } from './random-layers/elementwise.ts';
import { movement } from './random-layers/movements.ts';
import { convolution, dense, transposed } from './random-layers/products.ts';
import { channels, LayersSketch, type Maker, ranked, type Tensor } from './random-layers/sketch.ts';
import { tf } from './tensorflow.ts';

/** A layer that is called twice. */
const shared: Maker = (sketch) => {
  const value = sketch.value(ranked(4));
  if (!value) return false;
  const name = sketch.name('shared');
  const layer = sketch.chance(0.5)
    ? tf.layers.conv2d({ name, filters: channels(value), kernelSize: 1, useBias: sketch.chance(0.5) })
    : tf.layers.activation({ name, activation: sketch.pick(['linear', 'relu'] as const) });
  sketch.apply(layer, value);
  sketch.apply(layer, sketch.pick(sketch.values.filter(({ shape }) => shape.join() === value.shape.join())));
  return true;
};

const nested: Maker = (sketch) => {
  const value = sketch.value(ranked(4, 2));
  if (!value || value.shape.slice(1).some((size) => size === null)) return false;
  const inner = randomModel(sketch.random, value.shape.slice(1) as number[], sketch.name('inner'), 3);
  const outputs = inner.apply(value) as Tensor | Tensor[];
  sketch.values.push(...(Array.isArray(outputs) ? outputs : [outputs]));
  return true;
};

const MAKERS: readonly Maker[] = [
  ...[convolution, convolution, convolution, convolution, normalization, normalization, normalization],
  ...[
    merge,
    merge,
    merge,
    concatenate,
    plain,
    plain,
    window,
    dense,
    dense,
    transposed,
    shared,
    broadcast,
    nested,
    movement,
    movement,
  ],
];

/** A functional model of about `count` layers. Names start with `prefix`, so that nested models do not clash. */
export function randomModel(random: () => number, shape: readonly (number | null)[], prefix = 'm', count = 0) {
  const sketch = new LayersSketch(random);
  const name = sketch.name.bind(sketch);
  sketch.name = (role) => `${prefix}_${name(role)}`;
  const input = tf.input({ shape: shape as number[], name: `${prefix}_input` });
  sketch.values.push(input);
  const inputs = [input];
  if (count === 0 && sketch.chance(0.2)) {
    inputs.push(tf.input({ shape: shape as number[], name: `${prefix}_second` }));
    sketch.values.push(inputs[1]!);
  }
  const wanted = count || sketch.int(2, sketch.chance(0.1) ? 20 : 9);
  for (let made = 0, tries = 0; made < wanted && tries < 100; tries++) {
    try {
      if (sketch.pick(count ? MAKERS.filter((maker) => maker !== nested) : MAKERS)(sketch)) made++;
    } catch (error) {
      if (!(error instanceof Error) || !/negative|Negative|shape|dimension|broadcast|matching/.test(error.message))
        throw error;
    }
  }
  const read = new Set(
    sketch.values.flatMap(({ sourceLayer, nodeIndex }) => sourceLayer.inboundNodes[nodeIndex]!.inputTensors),
  );
  const outputs = sketch.values.filter((value) => !inputs.includes(value) && (!read.has(value) || sketch.chance(0.1)));
  return tf.model({ inputs, outputs: outputs.length > 0 ? outputs : [sketch.values.at(-1)!], name: prefix });
}
