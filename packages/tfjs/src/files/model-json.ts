/** Between a model.json with its shards and the artifacts they hold. */
import { FormatError } from '@reparam/core';
import { joinBuffers } from '../artifacts/join-buffers.ts';
import type { ModelArtifacts, WeightSpec } from '../artifacts/model-artifacts.ts';
import { isObject, type JsonObject, shown } from '../json.ts';

/** Largest size of a shard in bytes, as TensorFlow.js's converter makes them: browsers keep files up to that in their cache. */
export const SHARD_BYTES: number = 4 * 1024 * 1024;

export interface ModelJson {
  /** Everything but weights. */
  readonly artifacts: ModelArtifacts;
  /** Paths of shards beside the model.json, in order. */
  readonly paths: readonly string[];
}

/** @throws FormatError where the JSON is none, or no model.json of TensorFlow.js. */
export function parseModelJson(text: string, name: string): ModelJson {
  const { weightsManifest, ...rest } = parse(text, name);
  if (rest.modelTopology === undefined || rest.modelTopology === null)
    throw new FormatError(`"${name}" has no modelTopology, expected a model.json of TensorFlow.js`);
  const groups = weightsManifest ?? [];
  if (!Array.isArray(groups) || !groups.every(isGroup))
    throw new FormatError(`"${name}" has a weightsManifest ${shown(groups)}, expected a list of { paths, weights }`);
  const weightSpecs = groups.flatMap(({ weights }) => weights as WeightSpec[]);
  return { artifacts: { ...rest, weightSpecs } as ModelArtifacts, paths: groups.flatMap(({ paths }) => paths) };
}

function parse(text: string, name: string): JsonObject {
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch (cause) {
    throw new FormatError(`"${name}" is no JSON: ${(cause as Error).message}`, { cause });
  }
  if (Array.isArray(json) && json.length > 0 && json.every(isGroup))
    throw new FormatError(`"${name}" lists weights alone, expected a model.json with the model's topology too`, {
      hint: 'a model whose topology is in code can be saved by that code, with model.save, and then converted',
    });
  if (!isObject(json)) throw new FormatError(`"${name}" holds ${shown(json)}, expected a model.json of TensorFlow.js`);
  return json;
}

function isGroup(group: unknown): group is { readonly paths: readonly string[]; readonly weights: readonly unknown[] } {
  return (
    isObject(group) &&
    Array.isArray(group.paths) &&
    group.paths.every((path) => typeof path === 'string') &&
    Array.isArray(group.weights) &&
    group.weights.every((weight) => isObject(weight) && typeof weight.name === 'string')
  );
}

export interface WrittenModel {
  readonly json: string;
  /** By file name, in order. */
  readonly shards: ReadonlyMap<string, Uint8Array>;
}

/** The files of a model: one group of weights, in shards of 4 MiB. */
export function formatModelJson(artifacts: ModelArtifacts): WrittenModel {
  const { weightSpecs = [], weightData, getWeightStream: _, ...rest } = artifacts;
  const bytes = joinBuffers(weightData === undefined ? [] : Array.isArray(weightData) ? weightData : [weightData]);
  const count = Math.ceil(bytes.length / SHARD_BYTES);
  const shards = new Map(
    Array.from({ length: count }, (_, index): [string, Uint8Array] => [
      `group1-shard${index + 1}of${count}.bin`,
      bytes.subarray(index * SHARD_BYTES, (index + 1) * SHARD_BYTES),
    ]),
  );
  const weightsManifest = [{ paths: [...shards.keys()], weights: weightSpecs }];
  return { json: JSON.stringify({ ...rest, weightsManifest }), shards };
}
