/** The playground's TensorFlow.js model: a block built from stock layers, saved as model.json with its shard. */

import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { artifactsOf, formatModelJson } from '@reparam/tfjs';
import { buildLayersModels } from './layers-models.js';
import { site, writeText } from './paths.js';

export async function generateSamples() {
  for (const { name, model } of await buildLayersModels()) {
    if (name !== 'repvgg') continue;
    const { json, shards } = formatModelJson(await artifactsOf(model));
    const folder = join(site, '.vitepress/generated/tfjs-sample');
    writeText(join(folder, 'model.json'), json);
    for (const [shard, bytes] of shards) writeFileSync(join(folder, shard), bytes);
  }
}
