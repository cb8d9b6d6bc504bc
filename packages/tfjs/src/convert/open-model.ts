/** Opens a model of either kind, told apart by its topology. */
import { FormatError, ShapeError, UnsupportedError } from '@reparam/core';
import { WEIGHT_FORMATS } from '../artifacts/encode-weight.ts';
import type { ModelArtifacts } from '../artifacts/model-artifacts.ts';
import type { WeightStore } from '../artifacts/weight-store.ts';
import { isGraphTopology, openGraphModel } from '../graph/open.ts';
import { isObject, type JsonObject, shown } from '../json.ts';
import { expandTopology } from '../layers/expand-blocks.ts';
import { openLayersModel } from '../layers/open.ts';
import { findModelConfig } from '../layers/topology.ts';
import type { TfjsOptions } from '../options.ts';
import type { Report } from '../report.ts';
import type { OpenedModel } from './opened-model.ts';

/** @throws FormatError where the topology is that of no TensorFlow.js model; ShapeError where a given shape does not fit. */
export function openModel(
  artifacts: ModelArtifacts,
  store: WeightStore,
  options: TfjsOptions,
): OpenedModel & { readonly format: Report['format'] } {
  const topology = parseTopology(expandTopology(artifacts.modelTopology));
  const quantized = [...store.values()].some(({ spec }) => spec.quantization !== undefined);
  const format = options.quantization ?? (quantized ? 'float16' : 'float32');
  if (!WEIGHT_FORMATS.includes(format))
    throw new UnsupportedError(`quantization is ${shown(format)}, expected one of ${WEIGHT_FORMATS.join(', ')}`);
  const custom = options.customLayers ?? {};
  const open = (shapes: Readonly<Record<string, readonly number[]>>): OpenedModel =>
    isGraphTopology(topology)
      ? openGraphModel(topology, artifacts.signature, { store, format, shapes })
      : openLayersModel(topology, { store, format, shapes, custom });
  const shapes = options.shapes ?? {};
  const first = open(shapes);
  checkNames(first.inputNames(), shapes);
  const model = options.inputShape ? open({ ...shapes, ...onlyShape(first.inputNames(), options.inputShape) }) : first;
  return { ...model, format: isGraphTopology(topology) ? 'graph-model' : 'layers-model' };
}

function parseTopology(topology: unknown): JsonObject {
  if (topology instanceof ArrayBuffer)
    throw new FormatError('the topology is binary, expected JSON', { hint: 'export the model with a model.json' });
  if (isObject(topology) && (findModelConfig(topology) || isGraphTopology(topology))) return topology;
  throw new FormatError(
    `the topology is ${shown(topology)}, expected a Keras configuration (class_name, config) or a graph (node)`,
    { hint: 'this is no model.json of TensorFlow.js' },
  );
}

function checkNames(inputs: readonly string[], shapes: Readonly<Record<string, unknown>>): void {
  for (const name of Object.keys(shapes)) {
    if (!inputs.includes(name))
      throw new ShapeError(`shapes name an input "${name}", expected one of: ${inputs.join(', ')}`);
  }
}

function onlyShape(inputs: readonly string[], shape: readonly number[]): Record<string, readonly number[]> {
  if (inputs.length === 1) return { [inputs[0]!]: shape };
  throw new ShapeError(`inputShape is given, and the model has ${inputs.length} inputs: ${inputs.join(', ')}`, {
    hint: 'give `shapes`, by name',
  });
}
