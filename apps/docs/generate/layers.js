/** What a conversion makes of structures built from stock layers of TensorFlow.js: the layers before and after, and the difference of outputs. */
import { reparameterize } from '@reparam/tfjs';
import * as tf from '@tensorflow/tfjs-layers';
import { buildLayersModels } from './layers-models.js';
import { writeData } from './paths.js';

/**
 * @typedef {import('@tensorflow/tfjs-layers').LayersModel} LayersModel
 * @typedef {LayersModel['layers'][number]} Layer
 */

export async function generateLayers() {
  /** @type {Record<string, object>} */
  const found = {};
  for (const { name, model, input } of await buildLayersModels()) {
    const { model: deploy, report } = await reparameterize(tf, model);
    const [expected = [], actual = []] = [model, deploy].map((each) =>
      Array.from(/** @type {import('@tensorflow/tfjs-core').Tensor} */ (each.predict(input)).dataSync()),
    );
    const largest = Math.max(...expected.map(Math.abs));
    found[name] = {
      before: listLayers(model),
      after: listLayers(deploy),
      parameters: [report.before.parameters, report.after.parameters],
      macs: [report.before.macs, report.after.macs],
      difference:
        Math.max(...expected.map((value, index) => Math.abs(value - (actual[index] ?? Number.NaN)))) / largest,
    };
  }
  writeData('layers.json', found);
}

/** Lines as those of ONNX nodes: x is the input, y the output, letters stand between. @param {LayersModel} model */
function listLayers(model) {
  const layers = model.layers.filter((layer) => layer.getClassName() !== 'InputLayer');
  const names = new Map(
    layers.map((layer, index) => [layer.name, index === layers.length - 1 ? 'y' : String.fromCharCode(97 + index)]),
  );
  return layers.map((layer) => ({
    text: [layer.getClassName(), ...settingsOf(layer)].join(' '),
    reads: layer.inboundNodes
      .flatMap(({ inboundLayers }) => inboundLayers)
      .map(({ name }) => names.get(name) ?? 'x')
      .join(', '),
    makes: names.get(layer.name),
  }));
}

/** What distinguishes a layer. @param {Layer} layer */
function settingsOf(layer) {
  const config = layer.getConfig();
  const list = (/** @type {unknown} */ value) => [value].flat().join('x');
  const settings = [];
  if (config.kernelSize) settings.push(list(config.kernelSize));
  if (config.filters) settings.push(`filters ${config.filters}`);
  if (config.units) settings.push(`units ${config.units}`);
  if (config.poolSize) settings.push(list(config.poolSize));
  if (config.kernelSize || config.poolSize) settings.push(String(config.padding));
  const strides = list(config.strides ?? 1);
  if (/[2-9]/.test(strides)) settings.push(`strides ${strides}`);
  if (config.scale !== undefined && layer.getClassName() === 'Rescaling') settings.push(`scale ${config.scale}`);
  if (config.alpha !== undefined) settings.push(`alpha ${config.alpha}`);
  if (config.activation && config.activation !== 'linear') settings.push(`+ ${config.activation}`);
  return settings;
}
