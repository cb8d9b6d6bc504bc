/** A RepConv2D on its own as artifacts of a model. */
import { joinBytes } from '../artifacts/join-buffers.ts';
import type { ModelArtifacts } from '../artifacts/model-artifacts.ts';

interface ReadableWeight {
  readonly originalName: string;
  readonly shape: readonly number[];
  read(): { data(): Promise<Float32Array> };
}

/** Options by the names that the layer's configuration has in memory; in a file they are in snake case. */
export async function layerArtifacts(
  name: string,
  options: Readonly<Record<string, unknown>> & { readonly inChannels: number },
  weights: readonly ReadableWeight[],
): Promise<ModelArtifacts> {
  const input = `${name}_input`;
  const config = Object.fromEntries(Object.entries(options).map(([key, value]) => [snakeCase(key), value]));
  const inputConfig = { name: input, batch_input_shape: [null, null, null, options.inChannels], dtype: 'float32' };
  const layers = [
    { class_name: 'InputLayer', name: input, config: inputConfig, inbound_nodes: [] },
    { class_name: 'RepConv2D', name, config: { ...config, name }, inbound_nodes: [[[input, 0, 0, {}]]] },
  ];
  const values = await Promise.all(weights.map((weight) => weight.read().data()));
  return {
    modelTopology: {
      class_name: 'Model',
      config: { name, layers, input_layers: [[input, 0, 0]], output_layers: [[name, 0, 0]] },
    },
    weightSpecs: weights.map((weight) => ({
      // A name may begin with those of layers around this one.
      name: weight.originalName.slice(weight.originalName.lastIndexOf(`${name}/`)),
      shape: [...weight.shape],
      dtype: 'float32',
    })),
    weightData: joinBytes(values.map((data) => new Uint8Array(data.buffer, data.byteOffset, data.byteLength))).buffer,
  };
}

/** As TensorFlow.js writes names of options into files. */
export function snakeCase(text: string): string {
  return text.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
}
