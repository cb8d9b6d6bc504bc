/** readStructure: a model's main graph as it is drawn, with what the algebra knows of each value. */
import type { ModelStructure, StructureNode } from '@reparam/core/convert';
import { analyzeModel } from './analyze-model.ts';
import { referTo } from './names.ts';
import type { OnnxModel } from './proto/model.ts';
import type { OnnxNode } from './proto/node.ts';

export type { ModelStructure, StructureNode } from '@reparam/core/convert';

/**
 * Nodes, edges and affine values of a model's main graph. Large weights stay in the file until their sources are loaded.
 *
 * @param shapes sizes of graph inputs, overriding the file's.
 * @throws FormatError where the file is damaged.
 * @example
 * const { nodes, graph } = await readStructure(await openModel(bytesSource(bytes)));
 * for (const { name, opType, inputs } of nodes) console.log(`${inputs.join(', ')} -> ${opType} ${name}`);
 * const linear = graph.values.filter(({ definitions }) => definitions.length > 0);
 */
export async function readStructure(
  model: OnnxModel,
  shapes?: Readonly<Record<string, readonly number[]>>,
): Promise<ModelStructure> {
  const { scope, modelGraph } = await analyzeModel(model, shapes);
  const isValue = (name: string) => name !== '' && modelGraph.ids.has(name);
  const describe = (node: OnnxNode): StructureNode => ({
    ...referTo(node),
    inputs: [...node.inputs, ...node.captures].filter(isValue),
    outputs: node.outputs.filter(isValue),
  });
  return {
    nodes: scope.nodes.map(describe).filter(({ outputs }) => outputs.length > 0),
    inputs: scope.graph.inputs.map(({ name }) => name).filter((name) => !scope.constant(name)),
    outputs: scope.graph.outputs.map(({ name }) => name),
    graph: modelGraph.graph,
  };
}
