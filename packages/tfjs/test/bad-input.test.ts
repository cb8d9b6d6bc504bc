/** Damaged models: one clear error each, at once, where TensorFlow.js throws something else, computes nonsense or never ends. */
import type { io } from '@tensorflow/tfjs-core';
import { beforeAll, describe, expect, test } from 'vitest';
import { FormatError, reparameterizeArtifacts, ShapeError } from '../src/index.ts';
import { GraphBuilder } from './graph-builder.ts';
import { artifactsOf, loadLayers, tf } from './tensorflow.ts';

beforeAll(() => tf.setBackend('cpu'));

async function layersModel(): Promise<io.ModelArtifacts> {
  const x = tf.input({ shape: [4, 4, 2], name: 'image' });
  const convolved = tf.layers.conv2d({ filters: 2, kernelSize: 1, name: 'conv' }).apply(x);
  const y = tf.layers.batchNormalization({ name: 'norm' }).apply(convolved);
  return artifactsOf(tf.model({ inputs: x, outputs: y as never }));
}

type Json = { [key: string]: never } & Json[];

/** The artifacts with a change in their topology. */
async function changed(change: (layers: Json, config: Json) => void): Promise<io.ModelArtifacts> {
  const artifacts = await layersModel();
  const modelTopology = JSON.parse(JSON.stringify(artifacts.modelTopology));
  change(modelTopology.config.layers, modelTopology.config);
  return { ...artifacts, modelTopology };
}

const set = (target: unknown, key: string | number, value: unknown) => {
  (target as Record<string | number, unknown>)[key] = value;
};

describe('topology', () => {
  const cases: Record<string, [change: (layers: Json, config: Json) => void, message: RegExp]> = {
    'a cycle': [(layers) => set(layers[1], 'inbound_nodes', [[['norm', 0, 0, {}]]]), /depend on its own output/],
    'a layer that is not there': [
      (layers) => set(layers[1], 'inbound_nodes', [[['gone', 0, 0, {}]]]),
      /"gone", which there is not/,
    ],
    'a call that is not there': [
      (layers) => set(layers[2], 'inbound_nodes', [[['conv', 3, 0, {}]]]),
      /call 3 of layer "conv"/,
    ],
    'inbound_nodes that are no list': [(layers) => set(layers[1], 'inbound_nodes', 'image'), /inbound_nodes of "conv"/],
    'a constant among the inputs': [
      (layers) => set(layers[1], 'inbound_nodes', [[['_CONSTANT_VALUE', -1, 2, {}]]]),
      /expected \[layer, node, tensor\]/,
    ],
    'an output that is not there': [
      (_, config) => set(config, 'output_layers', [['norm', 1, 0]]),
      /call 1 of layer "norm"/,
    ],
    'no outputs': [(_, config) => set(config, 'output_layers', []), /output_layers/],
    'two layers of one name': [
      (layers) => set(layers[2]!['config' as never], 'name', 'conv'),
      /two layers are named "conv"/,
    ],
    'Keras 3 calls': [(layers) => set(layers[1], 'inbound_nodes', [{ args: [], kwargs: {} }]), /Keras 3/],
    'a function of TensorFlow among the layers': [
      (layers) => {
        set(layers[1], 'class_name', 'TFOpLambda');
        set(layers[1], 'inbound_nodes', [['image', 0, 0, { y: 2 }]]);
      },
      /"conv" is a function of TensorFlow \(TFOpLambda\)/,
    ],
    'a layer without configuration': [(layers) => set(layers[1], 'config', null), /class_name, config/],
  };
  for (const [name, [change, message]] of Object.entries(cases)) {
    test(name, async () => {
      const artifacts = await changed(change);
      await expect(reparameterizeArtifacts(artifacts)).rejects.toThrow(message);
      await expect(reparameterizeArtifacts(artifacts)).rejects.toBeInstanceOf(FormatError);
    });
  }

  test('shared layers whose calls wait for one another', async () => {
    const shared = (name: string, ...calls: [string, number][]) => ({
      class_name: 'ReLU',
      name,
      config: { name },
      inbound_nodes: calls.map(([layer, node]) => [[layer, node, 0, {}]]),
    });
    const model = (...layers: object[]) => ({
      weightSpecs: [],
      modelTopology: {
        class_name: 'Model',
        config: {
          name: 'm',
          layers: [
            {
              class_name: 'InputLayer',
              name: 'x',
              config: { name: 'x', batch_input_shape: [null, 2] },
              inbound_nodes: [],
            },
            ...layers,
          ],
          input_layers: [['x', 0, 0]],
          output_layers: [['b', 1, 0]],
        },
      },
    });
    // Call 1 of each waits for call 1 of the other.
    const ring = model(shared('a', ['x', 0], ['b', 1]), shared('b', ['a', 1], ['a', 0]));
    await expect(reparameterizeArtifacts(ring)).rejects.toThrow(/the inputs of "(a|b)" depend on its own output/);
    const spiral = model(shared('a', ['x', 0], ['b', 0]), shared('b', ['a', 1], ['a', 0]));
    const { report } = await reparameterizeArtifacts(spiral); // listed out of order, which TensorFlow.js puts right
    expect(report.before.operators).toBe(4);
    const loaded = await loadLayers(spiral);
    expect(loaded.outputs).toHaveLength(1);
  });

  test('a deep chain of layers is no cycle, and overflows nothing', async () => {
    const layers = Array.from({ length: 6000 }, (_, index) => ({
      class_name: 'ReLU',
      name: `r${index}`,
      config: { name: `r${index}` },
      inbound_nodes: [[[index === 0 ? 'x' : `r${index - 1}`, 0, 0, {}]]],
    }));
    const input = {
      class_name: 'InputLayer',
      name: 'x',
      config: { name: 'x', batch_input_shape: [null, 2] },
      inbound_nodes: [],
    };
    const config = {
      name: 'm',
      layers: [input, ...layers],
      input_layers: [['x', 0, 0]],
      output_layers: [['r5999', 0, 0]],
    };
    const { report } = await reparameterizeArtifacts({
      modelTopology: { class_name: 'Model', config },
      weightSpecs: [],
    });
    expect(report.before.operators).toBe(6000);
  });

  test('what is no model', async () => {
    for (const modelTopology of [undefined, {}, { node: 3 }, { class_name: 'Model' }, new ArrayBuffer(4)])
      await expect(reparameterizeArtifacts({ modelTopology: modelTopology as object })).rejects.toThrow(FormatError);
  });

  test('a graph that reads what no node makes', async () => {
    const graph = new GraphBuilder();
    graph.add('Relu', ['gone']);
    await expect(reparameterizeArtifacts(graph.build([]))).rejects.toThrow(/reads "gone", which no node makes/);
  });
});

describe('weights', () => {
  test('a short shard', async () => {
    const artifacts = await layersModel();
    const weightData = (artifacts.weightData as ArrayBuffer).slice(0, 20);
    await expect(reparameterizeArtifacts({ ...artifacts, weightData })).rejects.toThrow(/ends after 20 bytes/);
  });

  test('data left over', async () => {
    const artifacts = await layersModel();
    const weightData = [artifacts.weightData as ArrayBuffer, new ArrayBuffer(4)];
    await expect(reparameterizeArtifacts({ ...artifacts, weightData })).rejects.toThrow(
      /expected \d+ by the weights' shapes/,
    );
  });

  test('a dtype that there is not', async () => {
    const artifacts = await layersModel();
    const weightSpecs = artifacts.weightSpecs!.map((spec) => ({ ...spec, dtype: 'float64' }));
    await expect(reparameterizeArtifacts({ ...artifacts, weightSpecs: weightSpecs as never })).rejects.toThrow(
      /dtype "float64"/,
    );
  });

  test('a name that is listed twice', async () => {
    const artifacts = await layersModel();
    const weightSpecs = artifacts.weightSpecs!.map((spec) => ({ ...spec, name: 'conv/bias' }));
    await expect(reparameterizeArtifacts({ ...artifacts, weightSpecs })).rejects.toThrow(
      /"conv\/bias" is listed twice/,
    );
  });

  test('a weight that is missing', async () => {
    const artifacts = await layersModel();
    const weightSpecs = artifacts.weightSpecs!.map((spec) => ({ ...spec, name: spec.name.replace('conv', 'other') }));
    await expect(reparameterizeArtifacts({ ...artifacts, weightSpecs })).rejects.toThrow(/no "conv\/kernel"/);
  });

  test('a model saved with trainable weights only', async () => {
    const model = tf.sequential();
    model.add(tf.layers.batchNormalization({ inputShape: [3] }));
    model.add(tf.layers.dense({ units: 2 }));
    let saved: io.ModelArtifacts | undefined;
    await model.save(
      tf.io.withSaveHandler(async (artifacts) => {
        saved = artifacts;
        return { modelArtifactsInfo: { dateSaved: new Date(0), modelTopologyType: 'JSON' } };
      }),
      { trainableOnly: true },
    );
    await expect(reparameterizeArtifacts(saved!)).rejects.toThrow(/trainable weights only/);
  });
});

test('a storage type that there is not', async () => {
  const options = { quantization: 'int8' as 'uint8' };
  await expect(reparameterizeArtifacts(await layersModel(), options)).rejects.toThrow(
    /quantization is "int8", expected one of float32, float16, uint16, uint8/,
  );
});

test('shapes that do not fit', async () => {
  const artifacts = await layersModel();
  await expect(reparameterizeArtifacts(artifacts, { inputShape: [1, 5, 5, 2] })).rejects.toThrow(ShapeError);
  await expect(reparameterizeArtifacts(artifacts, { shapes: { other: [1, 4, 4, 2] } })).rejects.toThrow(
    /expected one of: image/,
  );
});
