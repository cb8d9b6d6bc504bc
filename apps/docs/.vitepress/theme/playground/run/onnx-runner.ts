/** ONNX models in onnxruntime-web. */
import { benchModels, loadRuntime, type ModelInput, verify } from '@reparam/onnx/verify';
import type { RunnableModel } from '../convert/source-model.ts';
import type { Backend, ModelPair, Runner } from './worker.ts';

export async function openOnnxRunner(models: ModelPair, backend: Backend): Promise<Runner> {
  const module = backend === 'webgpu' ? await import('onnxruntime-web/webgpu') : await import('onnxruntime-web/wasm');
  const loaded = await loadRuntime({ module });
  const runtime = {
    ...loaded,
    name: `${loaded.name} (${backend})`,
    createSession: (model: string | Uint8Array, options = {}) =>
      loaded.createSession(model, { ...options, provider: backend === 'webgpu' ? 'webgpu' : 'wasm' }),
  };
  const [before, after] = await Promise.all(models.map(read));
  return {
    verify: ({ shapes, seed }, onProgress) => verify(before!, after!, { runtime, shapes, seed, onProgress }),
    time: ({ shapes, seed }) =>
      benchModels(
        [
          { name: 'before', model: before! },
          { name: 'after', model: after! },
        ],
        { runtime, shapes, seed, loads: 1, warmup: 2 },
      ),
  };
}

async function read(runnable: RunnableModel): Promise<ModelInput> {
  if (runnable.format !== 'onnx') throw new TypeError('The models are of two formats.');
  const bytesOf = async (blob: Blob) => new Uint8Array(await blob.arrayBuffer());
  const data = await Promise.all(
    runnable.data.map(async ([location, file]) => [location, await bytesOf(file)] as const),
  );
  return { bytes: await bytesOf(runnable.model), externalData: Object.fromEntries(data) };
}
