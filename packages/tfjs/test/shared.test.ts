/** Layers that are called several times: what merges into one layer that is called as often, and what stays, and why. */
import type { LayersModel, SymbolicTensor } from '@tensorflow/tfjs-layers';
import { beforeAll, describe, expect, test } from 'vitest';
import { seededRandom } from '../src/index.ts';
import { convertModel, reasonsOf } from './convert-model.ts';
import { tf } from './tensorflow.ts';

type Value = SymbolicTensor;
type Layer = { apply(value: never): unknown; getClassName(): string };

beforeAll(() => tf.setBackend('cpu'));

const input = (...shape: (number | null)[]) => tf.input({ shape: shape as number[] });
const call = (layer: Layer, ...values: Value[]) =>
  layer.apply((values.length === 1 ? values[0] : values) as never) as Value;
const conv = (filters: number, kernelSize: number, more: object = {}) =>
  tf.layers.conv2d({ filters, kernelSize, padding: 'same', ...more });
const norm = () => tf.layers.batchNormalization();
const relu = (x: Value) => tf.layers.reLU().apply(x) as Value;
const model = (inputs: Value | Value[], ...outputs: Value[]) => tf.model({ inputs, outputs });

/** Class and number of calls of each layer, inputs aside. */
async function callsOf(made: ReturnType<typeof model>): Promise<string[]> {
  const { deploy } = await convertModel(made);
  const left = deploy.layers.filter((layer) => layer.getClassName() !== 'InputLayer');
  return left.map((layer) => `${layer.getClassName()} ${layer.inboundNodes.length}`).sort();
}

describe('becomes one layer that is called as often', () => {
  const cases: Record<string, [build: () => ReturnType<typeof model>, layers: string[]]> = {
    'a convolution and its normalization': [
      () => {
        const [a, b, c, n] = [input(5, 6, 3), input(5, 6, 3), conv(4, 3), norm()];
        return model([a, b], call(n, call(c, a)), call(n, call(c, b)));
      },
      ['Conv2D 2'],
    ],
    'in another order of calls': [
      () => {
        const [a, b, c, n] = [input(5, 6, 3), input(5, 6, 3), conv(4, 3), norm()];
        const [first, second] = [call(c, a), call(c, b)];
        const last = call(n, second);
        return model([a, b], call(n, first), relu(last));
      },
      ['Conv2D 2', 'ReLU 1'],
    ],
    'on its own output, three times': [
      () => {
        const [x, c, n] = [input(5, 6, 4), conv(4, 3), norm()];
        return model(
          x,
          [0, 1, 2].reduce((y) => call(n, call(c, y)), x),
        );
      },
      ['Conv2D 3'],
    ],
    'branches that meet in a shared sum, with an activation': [
      () => {
        const [a, b] = [input(5, 6, 3), input(7, 4, 3)];
        const [c, d, n, sum, act] = [conv(4, 3), conv(4, 1), norm(), tf.layers.add(), tf.layers.reLU()];
        const run = (x: Value) => call(act, call(sum, call(n, call(c, x)), call(d, x)));
        return model([a, b], run(a), run(b));
      },
      ['Conv2D 2'],
    ],
    'of several inputs': [
      () => {
        const [a, b] = [input(5, 6, 3), input(5, 6, 3)];
        const [c, n, sum] = [conv(4, 3), norm(), tf.layers.concatenate()];
        const run = (x: Value, y: Value) => call(n, call(c, call(sum, x, y)));
        return model([a, b], run(a, b), run(b, a));
      },
      ['Add 2', 'Conv2D 2', 'Conv2D 2'],
    ],
  };
  for (const [name, [build, layers]] of Object.entries(cases))
    test(name, async () => expect(await callsOf(build())).toEqual(layers));

  test('within a nested model that is called twice itself', async () => {
    const [x, c, n] = [input(5, 6, 4), conv(4, 3), norm()];
    const inner = tf.model({ inputs: x, outputs: call(n, call(c, relu(call(n, call(c, x))))) });
    const y = input(5, 6, 4);
    const { deploy } = await convertModel(model(y, call(inner, call(inner, y))));
    const nested = deploy.layers.find((layer) => 'layers' in layer) as LayersModel;
    expect(nested.inboundNodes).toHaveLength(3); // the first is its own graph
    expect(nested.layers.map((layer) => layer.getClassName()).sort()).toEqual(['Conv2D', 'InputLayer', 'ReLU']);
  });

  test('and keeps its name, its outputs and its weights', async () => {
    const x = input(4, 4, 3);
    const [c, n] = [conv(3, 3), tf.layers.batchNormalization({ name: 'twice' })];
    const made = model(x, call(n, call(c, x)), call(n, call(c, relu(x))));
    const { deploy, report } = await convertModel(made);
    expect(deploy.outputNames).toEqual(made.outputNames);
    expect(deploy.getLayer('twice').getClassName()).toBe('Conv2D');
    expect(deploy.weights).toHaveLength(2);
    expect(report.fusions.map(({ name }) => name)).toEqual(['twice']);
    expect(report.after.operators).toBe(3);
  });
});

describe('stays', () => {
  const cases: Record<string, [build: () => ReturnType<typeof model>, reason: string]> = {
    'a layer that others are called behind': [
      () => {
        const [x, c] = [input(5, 5, 3), conv(4, 3)];
        return model(x, call(norm(), call(c, x)), call(norm(), call(c, relu(x))));
      },
      'shared',
    ],
    'a layer that is called once more than the one behind it': [
      () => {
        const [x, c, n] = [input(5, 5, 3), conv(3, 3), norm()];
        return model(x, call(n, call(c, x)), call(n, call(c, relu(x))), relu(call(c, relu(relu(x)))));
      },
      'shared',
    ],
  };
  for (const [name, [build, reason]] of Object.entries(cases)) {
    test(name, async () => {
      const { report } = await convertModel(build());
      expect(report.fusions).toEqual([]);
      expect(reasonsOf(report)).toContain(reason);
    });
  }

  test('what waits for itself through another layer, though the rest merges', async () => {
    const [x, c, d, n] = [input(5, 5, 3), conv(3, 3), conv(3, 1), norm()];
    const sum = tf.layers.add();
    const run = (y: Value) => {
      const first = call(n, call(c, y));
      return call(sum, first, call(d, relu(first))); // the sum reads both, the activation is not shared
    };
    expect(await callsOf(model(x, run(x), run(relu(x))))).toEqual([
      'Add 2',
      'Conv2D 2',
      'Conv2D 2',
      'ReLU 1',
      'ReLU 1',
      'ReLU 1',
    ]);
  });
});

test.each([5011, 9189])(
  'calls whose inputs come earlier are numbered as TensorFlow.js makes them: %s',
  async (seed) => {
    const { report } = await convertModel(randomShared(seededRandom(seed)));
    expect(report.fusions.length).toBeGreaterThan(0);
  },
);

test('random models of shared layers compute the same', { timeout: 300_000 }, async () => {
  const first = Number(process.env.FUZZ_SEED ?? 1);
  let fusions = 0;
  for (let seed = first; seed < first + Number(process.env.FUZZ_COUNT ?? 60); seed++) {
    tf.engine().startScope();
    try {
      const { report } = await convertModel(randomShared(seededRandom(seed)));
      fusions += report.fusions.length;
    } catch (cause) {
      throw new Error(`seed ${seed}`, { cause });
    }
    tf.engine().endScope();
  }
  expect(fusions).toBeGreaterThan(20);
});

/** A few layers of the same shape, applied to values at random, many of them several times. */
function randomShared(random: () => number) {
  const pick = <T>(list: readonly T[]): T => list[Math.floor(random() * list.length)]!;
  const makers = [
    () => conv(3, pick([1, 3]), { useBias: random() < 0.5, activation: pick(['linear', 'linear', 'relu']) }),
    () => tf.layers.depthwiseConv2d({ kernelSize: 3, padding: 'same' }),
    norm,
    norm,
    () => tf.layers.add(),
    () => tf.layers.multiply(),
    () => tf.layers.reLU(),
    () => tf.layers.activation({ activation: 'linear' }),
  ];
  const inputs = [input(4, 5, 3), input(4, 5, 3)];
  const values = [...inputs];
  const read = new Set<Value>();
  const pool: Layer[] = Array.from({ length: 2 + Math.floor(random() * 4) }, () => pick(makers)());
  const apply = (layer: Layer, value: Value) => {
    const isMerge = ['Add', 'Multiply'].includes(layer.getClassName());
    const given = isMerge ? [value, pick(values.filter((other) => other !== value))] : [value];
    for (const each of given) read.add(each);
    return call(layer, ...given);
  };
  const times = 2 + Math.floor(random() * 2);
  const starts = Array.from({ length: times }, () => pick(values));
  if (random() < 0.7) {
    // Together: each time the same chain.
    for (const start of starts) values.push(pool.reduce((value, layer) => apply(layer, value), start));
  }
  for (let more = Math.floor(random() * 6); more > 0; more--) values.push(apply(pick(pool), pick(values)));
  const outputs = values.filter((value) => !read.has(value) && !inputs.includes(value));
  const used = outputs.length > 0 ? outputs : [relu(values.at(-1)!)];
  return tf.model({ inputs, outputs: used });
}
