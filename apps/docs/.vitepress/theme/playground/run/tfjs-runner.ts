/** TensorFlow.js models, on its WebAssembly or its plain backend. */
import { benchModels, parseModelJson, verify } from '@reparam/tfjs';
import * as converter from '@tensorflow/tfjs-converter';
import * as core from '@tensorflow/tfjs-core';
import * as layers from '@tensorflow/tfjs-layers';
import type { RunnableModel } from '../convert/source-model.ts';
import type { Backend, ModelPair, Runner } from './worker.ts';

export async function openTfjsRunner(models: ModelPair, backend: Backend): Promise<Runner> {
  await loadBackend(backend);
  const tf = { ...core, ...layers, ...converter };
  const [before, after] = await Promise.all(models.map(read));
  return {
    verify: ({ shapes, seed }, onProgress) => verify(tf, before!, after!, { shapes, seed, onProgress }),
    time: ({ shapes, seed }) =>
      benchModels(
        tf,
        [
          { name: 'before', model: before! },
          { name: 'after', model: after! },
        ],
        { shapes, seed, loads: 1, warmup: 2 },
      ),
  };
}

async function loadBackend(backend: Backend): Promise<void> {
  core.enableProdMode();
  if (backend === 'cpu') await import('@tensorflow/tfjs-backend-cpu');
  else {
    const [{ setWasmPaths }, { default: plain }, { default: simd }, { default: threaded }] = await Promise.all([
      import('@tensorflow/tfjs-backend-wasm'),
      import('@tensorflow/tfjs-backend-wasm/dist/tfjs-backend-wasm.wasm?url'),
      import('@tensorflow/tfjs-backend-wasm/dist/tfjs-backend-wasm-simd.wasm?url'),
      import('@tensorflow/tfjs-backend-wasm/dist/tfjs-backend-wasm-threaded-simd.wasm?url'),
    ]);
    // In a worker of a blob nothing is relative to the site.
    const absolute = (address: string) => new URL(address, import.meta.url).href;
    setWasmPaths({
      'tfjs-backend-wasm.wasm': absolute(plain),
      'tfjs-backend-wasm-simd.wasm': absolute(simd),
      'tfjs-backend-wasm-threaded-simd.wasm': absolute(threaded),
    });
  }
  await core.setBackend(backend);
  await core.ready();
}

async function read(runnable: RunnableModel) {
  if (runnable.format !== 'tfjs') throw new TypeError('The models are of two formats.');
  const { artifacts } = parseModelJson(runnable.json, 'model.json');
  return { ...artifacts, weightData: await Promise.all(runnable.shards.map((shard) => shard.arrayBuffer())) };
}
