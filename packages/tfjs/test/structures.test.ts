/** Structures of the field as stock layers: what each becomes, and what stays beside it and why. */
import type { SymbolicTensor } from '@tensorflow/tfjs-layers';
import { beforeAll, describe, expect, test } from 'vitest';
import { convertModel, reasonsOf } from './convert-model.ts';
import { tf } from './tensorflow.ts';

type Value = SymbolicTensor;

beforeAll(() => tf.setBackend('cpu'));

const bn = (x: Value) => tf.layers.batchNormalization().apply(x) as Value;
const conv = (x: Value, filters: number, kernelSize: number | [number, number], more: object = {}) =>
  tf.layers.conv2d({ filters, kernelSize, padding: 'same', useBias: false, ...more }).apply(x) as Value;
const depthwise = (x: Value, kernelSize: number, more: object = {}) =>
  tf.layers.depthwiseConv2d({ kernelSize, padding: 'same', useBias: false, ...more }).apply(x) as Value;
const add = (...values: Value[]) => tf.layers.add().apply(values) as Value;
const relu = (x: Value) => tf.layers.activation({ activation: 'relu' }).apply(x) as Value;
const pool = (x: Value, more: object = {}) =>
  tf.layers.averagePooling2d({ poolSize: 3, strides: 1, padding: 'valid', ...more }).apply(x) as Value;
const pad = (x: Value, size: number) => tf.layers.zeroPadding2d({ padding: size }).apply(x) as Value;

const input = (...shape: (number | null)[]) => tf.input({ shape: shape as number[] });
const image = () => input(null, null, 4);
const modelOf = (x: Value | Value[], y: Value | Value[]) => tf.model({ inputs: x, outputs: y });

describe('what fuses', () => {
  const cases: Record<string, [build: (x: Value) => Value, layers: string[], shape?: (number | null)[]]> = {
    'convolution and normalization': [(x) => bn(conv(x, 5, 3)), ['Conv2D']],
    'depthwise convolution and normalization': [(x) => bn(depthwise(x, 3)), ['DepthwiseConv2D']],
    'depth multiplier': [(x) => bn(depthwise(x, 3, { depthMultiplier: 2 })), ['DepthwiseConv2D']],
    'separable convolution between normalizations': [
      (x) => bn(tf.layers.separableConv2d({ filters: 6, kernelSize: 3, padding: 'valid' }).apply(bn(x)) as Value),
      ['DepthwiseConv2D', 'Conv2D'],
    ],
    RepVGG: [(x) => relu(add(bn(conv(x, 4, 3)), bn(conv(x, 4, 1)), bn(x))), ['Conv2D']],
    MobileOne: [
      (x) => relu(add(bn(depthwise(x, 3)), bn(depthwise(x, 3)), bn(depthwise(x, 1)), bn(x))),
      ['DepthwiseConv2D'],
    ],
    'large and small kernels': [(x) => add(bn(depthwise(x, 5)), bn(depthwise(x, 3)), x), ['DepthwiseConv2D']],
    'asymmetric kernels (ACNet)': [(x) => add(conv(x, 4, 3), conv(x, 4, [1, 3]), conv(x, 4, [3, 1])), ['Conv2D']],
    'average pooling of a padded input (DBB)': [(x) => add(conv(x, 4, 3), pool(pad(x, 1))), ['Conv2D']],
    'a dilated branch': [(x) => add(conv(x, 4, 5), conv(x, 4, 3, { dilationRate: 2 })), ['Conv2D']],
    '1x1, then 3x3 without padding': [(x) => conv(conv(x, 2, 1), 4, 3, { padding: 'valid' }), ['Conv2D', 'Conv2D']],
    'zero padding, then a convolution': [(x) => conv(pad(x, 1), 4, 3, { padding: 'valid' }), ['Conv2D']],
    'a mean of heads': [
      (x) => tf.layers.average().apply([0, 1].map(() => tf.layers.dense({ units: 3 }).apply(x) as Value)) as Value,
      ['Dense'],
      [5],
    ],
    'dense and normalization': [(x) => bn(tf.layers.dense({ units: 3 }).apply(x) as Value), ['Dense'], [5]],
    'dropout and linear activations': [
      (x) => {
        const dropped = tf.layers.dropout({ rate: 0.5 }).apply(conv(x, 4, 3)) as Value;
        return relu(tf.layers.leakyReLU({ alpha: 1 }).apply(bn(dropped)) as Value);
      },
      ['Conv2D'],
    ],
    'rescaling before a convolution': [
      (x) => conv(tf.layers.rescaling({ scale: 1 / 127.5 }).apply(x) as Value, 4, 3),
      ['Conv2D'],
    ],
    'one dimension': [
      (x) => bn(tf.layers.conv1d({ filters: 3, kernelSize: 3, padding: 'same' }).apply(x) as Value),
      ['Conv1D'],
      [null, 4],
    ],
    'transposed convolution and normalization': [
      (x) =>
        bn(tf.layers.conv2dTranspose({ filters: 3, kernelSize: 3, strides: 2, padding: 'same' }).apply(x) as Value),
      ['Conv2DTranspose'],
      [5, 5, 4],
    ],
    'convolutions side by side': [
      (x) => tf.layers.concatenate().apply([bn(conv(x, 3, 3)), bn(conv(x, 2, 3))]) as Value,
      ['Conv2D'],
    ],
    'stride 2 with a known even size': [
      (x) => add(conv(x, 4, 3, { strides: 2 }), conv(x, 4, 1, { strides: 2 })),
      ['Conv2D'],
      [8, 8, 4],
    ],
    'stride 2 with a known odd size': [
      (x) => add(conv(x, 4, 3, { strides: 2 }), conv(x, 4, 1, { strides: 2 })),
      ['Conv2D'],
      [7, 9, 4],
    ],
    'branches of one kernel at stride 2 and any size': [
      (x) => relu(bn(add(bn(conv(x, 6, 3, { strides: 2 })), conv(x, 6, 3, { strides: 2 })))),
      ['Conv2D'],
    ],
    'another stride on each axis, at any size': [
      (x) => bn(conv(bn(conv(x, 6, 3, { strides: [2, 1] })), 4, 1)),
      ['Conv2D'],
    ],
    '1x1 branches at stride 2 and any size': [
      (x) => add(bn(conv(x, 6, 1, { strides: 2 })), bn(conv(x, 6, 1, { strides: 2 }))),
      ['Conv2D'],
    ],
    'a decoder at any size': [
      (x) => {
        const up = tf.layers.upSampling2d({ size: [2, 2] }).apply(bn(conv(x, 4, 3))) as Value;
        const transposed = tf.layers.conv2dTranspose({ filters: 3, kernelSize: 2, strides: 2 }).apply(up) as Value;
        return relu(bn(conv(relu(bn(transposed)), 2, 3)));
      },
      ['Conv2D', 'UpSampling2D', 'Conv2DTranspose', 'Conv2D'],
    ],
    'a normalization behind a product with a vector, before a 1x1 convolution': [
      (x) => {
        const mean = tf.layers.globalAveragePooling2d({} as never).apply(x) as Value;
        const gate = tf.layers.dense({ units: 4, activation: 'sigmoid' }).apply(mean) as Value;
        return conv(bn(tf.layers.multiply().apply([x, gate]) as Value), 3, 1);
      },
      ['GlobalAveragePooling2D', 'Dense', 'Multiply', 'Conv2D'],
    ],
    'a normalization behind recurrent layers, before a dense one': [
      (x) => {
        const states = tf.layers.bidirectional({
          layer: tf.layers.lstm({ units: 2, returnSequences: true, recurrentInitializer: 'glorotUniform' }) as never,
          mergeMode: 'concat',
        });
        return tf.layers.dense({ units: 3 }).apply(bn(states.apply(x) as Value)) as Value;
      },
      ['Bidirectional', 'Dense'],
      [5, 3],
    ],
    'a normalization behind a layer on each step, before a dense one': [
      (x) => {
        const inner = tf.layers.conv2d({ filters: 4, kernelSize: 3, activation: 'relu' });
        const each = tf.layers.timeDistributed({ layer: inner }).apply(x) as Value;
        const flat = tf.layers.reshape({ targetShape: [2, 36] }).apply(each) as Value;
        return tf.layers.dense({ units: 3 }).apply(bn(flat)) as Value;
      },
      ['TimeDistributed', 'Reshape', 'Dense'],
      [2, 5, 5, 3],
    ],
    'depthwise and pointwise at stride 2 and any size': [
      (x) => relu(bn(conv(relu(bn(depthwise(x, 3, { strides: 2 }))), 6, 1))),
      ['DepthwiseConv2D', 'Conv2D'],
    ],
    'a separable convolution of a kernel that fits its stride, at any size, with two readers': [
      (x) => {
        const apart = tf.layers.separableConv2d({ filters: 3, kernelSize: [2, 1], strides: 2, padding: 'same' });
        const read = apart.apply(x) as Value;
        const dense = () => tf.layers.dense({ units: 2, activation: 'tanh' }).apply(read) as Value;
        return tf.layers.concatenate().apply([dense(), dense()]) as Value;
      },
      ['DepthwiseConv2D', 'Conv2D', 'Conv2D', 'Concatenate'],
    ],
  };
  for (const [name, [build, layers, shape]] of Object.entries(cases)) {
    test(name, async () => {
      const x = shape ? input(...shape) : image();
      const converted = await convertModel(modelOf(x, build(x)));
      expect(converted.layers).toEqual(layers);
      if (!name.startsWith('1x1')) expect(converted.report.fusions.length).toBeGreaterThan(0);
    });
  }
});

describe('what does not, and why', () => {
  const cases: Record<string, [build: (x: Value) => Value, reason: string]> = {
    'an activation between': [(x) => bn(relu(conv(x, 4, 3))), 'activation-between'],
    'a normalization before padding': [(x) => conv(bn(x), 4, 3), 'border'],
    'a padded pooling, which leaves padding out': [
      (x) => add(conv(x, 4, 3), pool(x, { padding: 'same' })),
      'excluded-padding',
    ],
    'stride 2 with an unknown size': [
      (x) => add(conv(x, 4, 3, { strides: 2 }), conv(x, 4, 1, { strides: 2 })),
      'size-depends-on-input',
    ],
  };
  for (const [name, [build, reason]] of Object.entries(cases)) {
    test(name, async () => {
      const x = image();
      const { report } = await convertModel(modelOf(x, build(x)));
      expect(report.fusions).toEqual([]);
      expect(reasonsOf(report)).toContain(reason);
    });
  }

  test('a branch that broadcasts', async () => {
    const x = input(5, 5, 4);
    const one = tf.layers.averagePooling2d({ poolSize: 5 }).apply(x) as Value;
    const { report } = await convertModel(modelOf(x, add(conv(x, 4, 3), conv(one, 4, 1))));
    expect(report.fusions).toEqual([]);
    expect(reasonsOf(report)).toContain('broadcast');
  });

  test('a normalization behind a convolution that another layer reads too', async () => {
    const x = image();
    const shared = conv(x, 4, 3);
    const { report, layers } = await convertModel(modelOf(x, [bn(shared), relu(shared)]));
    expect(report.fusions).toEqual([]);
    expect(layers).toContain('BatchNormalization');
    expect(reasonsOf(report)).toContain('costlier');
  });

  test('a layer that is called twice', async () => {
    const x = image();
    const layer = tf.layers.conv2d({ filters: 4, kernelSize: 1 });
    const { report } = await convertModel(modelOf(x, [bn(layer.apply(x) as Value), layer.apply(relu(x)) as Value]));
    expect(report.fusions).toEqual([]);
    expect(reasonsOf(report)).toContain('shared');
  });
});

describe('kinds of models', () => {
  test('Sequential stays one, and its input keeps its name', async () => {
    const model = tf.sequential();
    model.add(tf.layers.conv2d({ inputShape: [7, 7, 3], filters: 4, kernelSize: 3, name: 'first' }));
    model.add(tf.layers.batchNormalization({ name: 'norm' }));
    model.add(tf.layers.reLU({ name: 'relu' }));
    model.add(tf.layers.flatten());
    model.add(tf.layers.dense({ units: 2, activation: 'softmax' }));
    const { deploy, layers } = await convertModel(model);
    expect(deploy.getClassName()).toBe('Sequential');
    expect(layers).toEqual(['Conv2D', 'Flatten', 'Dense']);
    expect(deploy.inputNames).toEqual(model.inputNames);
    expect(deploy.layers[1]!.name).toBe('relu'); // the last of the chain gives its name
  });

  test('nested models are converted inside, never across', async () => {
    const inner = tf.sequential({ name: 'inner' });
    inner.add(tf.layers.conv2d({ inputShape: [6, 6, 3], filters: 3, kernelSize: 1, name: 'c' }));
    inner.add(tf.layers.batchNormalization({ name: 'n' }));
    const x = input(6, 6, 3);
    const { report, deploy } = await convertModel(modelOf(x, bn(inner.apply(bn(x)) as Value)));
    expect(report.fusions.map(({ name }) => name)).toEqual(['n']);
    expect(deploy.layers.map((layer) => layer.getClassName())).toContain('Sequential');
  });

  test.each([
    ['7x7', 7, 7],
    ['any size', null, 7],
  ] as const)(
    'a nested model that declares 6x6 and is called on %s: its sizes are what it is called on',
    async (_, size, at) => {
      const inside = input(6, 6, 3);
      const branches = add(conv(inside, 2, 3, { strides: 2 }), conv(inside, 2, 1, { strides: 2 }));
      const inner = tf.model({ inputs: inside, outputs: branches, name: 'inner' });
      const x = input(size, size, 3);
      const model = modelOf(x, relu(inner.apply(x) as Value));
      const { report } = await convertModel(model, size === null ? {} : { inputShape: [1, at, at, 3] });
      expect(report.fusions.length > 0).toBe(size !== null);
      if (size === null) expect(reasonsOf(report)).toContain('size-depends-on-input');
    },
  );

  test('what stands behind a nested model merges, by the sizes that come out of each call', async () => {
    const inside = input(null, null, 3);
    const inner = tf.model({ inputs: inside, outputs: relu(conv(inside, 4, 3)), name: 'inner' });
    const halved = (x: Value) => add(bn(conv(x, 2, 3, { strides: 2 })), bn(conv(x, 2, 1, { strides: 2 })));
    const called = (...shape: (number | null)[]) => {
      const x = input(...shape, 3);
      return [x, halved(inner.apply(x) as Value)] as const;
    };
    const [[a, odd], [b, even], [c, any]] = [called(7, 7), called(6, 6), called(null, null)];
    const { report, layers } = await convertModel(modelOf([a, b, c], [odd, even, any]));
    // Where the size is odd, a 1x1 is in the middle of a 3x3; where it is even, in its corner; else it may be either.
    expect(layers.filter((name) => name === 'Conv2D')).toHaveLength(1 + 1 + 2);
    expect(report.fusions).toHaveLength(1 + 1 + 2); // one for each sum, or for each of its branches
  });

  test('several inputs and outputs keep their names and order', async () => {
    const [a, b] = [image(), image()];
    const sum = add(bn(conv(a, 4, 3)), conv(b, 4, 3));
    const model = modelOf([a, b], [relu(sum), bn(conv(b, 2, 1))]);
    const { deploy } = await convertModel(model);
    expect(deploy.inputNames).toEqual(model.inputNames);
    expect(deploy.outputNames).toEqual(model.outputNames);
  });

  test('an output of a shared layer keeps its name, so its call stays', async () => {
    const x = image();
    const twice = tf.layers.activation({ activation: 'linear', name: 'twice' });
    const first = relu(twice.apply(conv(x, 4, 3)) as Value);
    const model = modelOf(x, [twice.apply(conv(first, 4, 1)) as Value, bn(conv(first, 4, 3))]);
    const { deploy, report } = await convertModel(model);
    expect(report.fusions.length).toBeGreaterThan(0);
    expect(deploy.outputNames).toEqual(model.outputNames);
  });

  test('channels first', async () => {
    const x = input(4, null, null);
    const first = { dataFormat: 'channelsFirst' as const };
    const convs = [3, 1].map((size) => conv(x, 4, size, first));
    const { layers } = await convertModel(modelOf(x, add(...convs)));
    expect(layers).toEqual(['Conv2D']);
  });

  test('an activation within a layer stays in it', async () => {
    const x = image();
    const { layers, deploy } = await convertModel(
      modelOf(x, conv(bn(x), 4, 3, { padding: 'valid', activation: 'tanh' })),
    );
    expect(layers).toEqual(['Conv2D']);
    expect(deploy.layers[1]!.getConfig().activation).toBe('tanh');
  });
});
