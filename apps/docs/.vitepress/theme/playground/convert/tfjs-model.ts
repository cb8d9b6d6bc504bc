/** A TensorFlow.js model: a model.json with its shards, and a zip archive of both as the result. */
import { FormatError } from '@reparam/core';
import { formatModelJson, type ModelArtifacts, parseModelJson, reparameterizeArtifacts } from '@reparam/tfjs';
import { readStructure } from '@reparam/tfjs/structure';
import { strToU8, zipSync } from 'fflate';
import { type Settings, toOptions } from '../settings.ts';
import { findNamed, type ModelFiles } from './files.ts';
import type { RunnableModel, SourceModel } from './source-model.ts';

export async function openTfjs({ model: file, others }: ModelFiles): Promise<SourceModel> {
  const { artifacts: parsed, paths } = parseModelJson(await file.text(), file.name);
  const shards = findShards(paths, others);
  const weightData = await Promise.all(shards.map((shard) => shard.arrayBuffer()));
  const artifacts: ModelArtifacts = { ...parsed, weightData };
  return {
    format: parsed.format === 'graph-model' ? 'graph-model' : 'layers-model',
    runnable: runnableOf(artifacts),
    readStructure: ({ shapes }) => readStructure(artifacts, { shapes }),
    async convert(settings, onProgress) {
      const options = { ...toOptions(asTfjs(settings)), onProgress };
      const { artifacts: deploy, report } = await reparameterizeArtifacts(artifacts, options);
      const runnable = runnableOf(deploy);
      return {
        name: `${file.name.replace(/\.json$/i, '')}.deploy.zip`,
        blob: zip(deploy),
        report,
        readStructure: () => readStructure(deploy, { shapes: settings.shapes }),
        runnable,
      };
    },
  };
}

/** Options of ONNX models; for `keep` the command line asks for a pattern instead. */
function asTfjs(settings: Settings): Settings {
  if (settings.freezeWeights)
    throw new FormatError('Freezing weights is for ONNX models.', { hint: 'Here no weight is an input.' });
  if (!settings.keepNorm) return settings;
  throw new FormatError('Keeping normalizations is for ONNX models.', { hint: 'Skip BatchNormalization instead.' });
}

function findShards(paths: readonly string[], files: readonly File[]): File[] {
  const found = paths.map((path) => findNamed(files, path));
  const missing = paths.filter((_, index) => found[index] === undefined);
  if (missing.length > 0)
    throw new FormatError(
      `The model names ${missing.length} of ${paths.length} files of weights that were not dropped: ${missing.slice(0, 4).join(', ')}.`,
      { hint: 'Drop the model.json together with all of its shards.' },
    );
  return found as File[];
}

function runnableOf(artifacts: ModelArtifacts): RunnableModel {
  const { json, shards } = formatModelJson(artifacts);
  return { format: 'tfjs', json, shards: [...shards.values()].map((bytes) => new Blob([new Uint8Array(bytes)])) };
}

function zip(artifacts: ModelArtifacts): Blob {
  const { json, shards } = formatModelJson(artifacts);
  const files = { 'model.json': strToU8(json), ...Object.fromEntries(shards) };
  return new Blob([new Uint8Array(zipSync(files, { level: 0 }))], { type: 'application/zip' });
}
