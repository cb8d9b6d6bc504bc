/** readStructure: a model's graph as it is drawn, with what the algebra knows of each value. */
import type { ModelStructure } from '@reparam/core/convert';
import type { ModelArtifacts } from './artifacts/model-artifacts.ts';
import { readWeights } from './artifacts/weight-store.ts';
import { buildGraph } from './convert/build-graph.ts';
import { openModel } from './convert/open-model.ts';
import type { TfjsOptions } from './options.ts';

export type { ModelStructure, StructureNode } from '@reparam/core/convert';

/**
 * Nodes, edges and affine values of a Layers or Graph model; of models nested in it, those of the outer one. Channels are on axis 1 of
 * the values' shapes.
 *
 * @throws FormatError as `reparameterizeArtifacts` does.
 * @example
 * const { nodes, graph } = await readStructure(artifacts);
 */
export async function readStructure(
  artifacts: ModelArtifacts,
  options: Pick<TfjsOptions, 'shapes' | 'inputShape'> = {},
): Promise<ModelStructure> {
  const [view] = openModel(artifacts, await readWeights(artifacts), options).views;
  const { graph, ids } = buildGraph(view!);
  const isValue = (name: string) => ids.has(name);
  return {
    nodes: view!.nodes.map(({ name, opType, inputs, outputs }) => ({
      name,
      opType,
      inputs: inputs.filter(isValue),
      outputs: outputs.filter(isValue),
    })),
    inputs: view!.inputs,
    outputs: [...view!.outputs],
    graph,
  };
}
