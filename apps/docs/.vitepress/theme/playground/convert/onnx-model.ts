/** An ONNX file, with its external data beside it. */
import { blobSource, type OnnxModel, openModel, reparameterize } from '@reparam/onnx';
import { readStructure } from '@reparam/onnx/structure';
import { toOptions } from '../settings.ts';
import { loadConstantRuntime } from './constant-runtime.ts';
import { findNamed, type ModelFiles } from './files.ts';
import type { SourceModel } from './source-model.ts';

export async function openOnnx({ model: file, others }: ModelFiles): Promise<SourceModel> {
  const data = new Map<string, Blob>();
  const external = (location: string) => {
    const found = findNamed(others, location);
    if (found === undefined) throw new Error('it was not dropped with the model.');
    data.set(location, found);
    return blobSource(found);
  };
  const open = (blob: Blob): Promise<OnnxModel> => openModel(blobSource(blob), { external, name: `"${file.name}"` });
  const model = await open(file);
  const runnable = (blob: Blob) => ({ format: 'onnx' as const, model: blob, data: [...data] });
  return {
    format: 'onnx',
    get runnable() {
      return runnable(file);
    },
    readStructure: ({ shapes }) => readStructure(model, shapes),
    async convert(settings, onProgress) {
      const options = { ...toOptions(settings), runtime: loadConstantRuntime, onProgress };
      const { model: bytes, report } = await reparameterize(model, options);
      const blob = new Blob([bytes], { type: 'application/octet-stream' });
      return {
        name: `${file.name.replace(/\.onnx$/i, '')}.deploy.onnx`,
        blob,
        report,
        readStructure: async () => readStructure(await open(blob), settings.shapes),
        runnable: runnable(blob),
      };
    },
  };
}
