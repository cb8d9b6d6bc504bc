/** readStructure: a model's graphs as they are drawn, with what the algebra knows of each value. */

import type { GraphStructure, InnerStructure, ModelStructure, StructureNode } from '@reparam/core/convert';
import { checkShapes } from './analysis/given-shapes.ts';
import { type Region, readRegions } from './analysis/region.ts';
import { buildGraph } from './build-graph.ts';
import { type Evaluation, loadEvaluation } from './load-evaluation.ts';
import { referTo } from './names.ts';
import type { OnnxModel } from './proto/model.ts';
import { type OnnxNode, qualifiedName } from './proto/node.ts';

export type { GraphStructure, InnerStructure, ModelStructure, StructureNode } from '@reparam/core/convert';

/**
 * Nodes, edges and affine values of a model's main graph, of its bodies of control flow and of the functions that it calls. Large weights
 * stay in the file until their sources are loaded.
 *
 * @param shapes sizes of graph inputs, where the file leaves them open.
 * @throws FormatError where the file is damaged.
 * @example
 * const { nodes, graph, inner = [] } = await readStructure(await openModel(bytesSource(bytes)));
 * for (const { name, opType, inputs } of nodes) console.log(`${inputs.join(', ')} -> ${opType} ${name}`);
 * const linear = graph.values.filter(({ definitions }) => definitions.length > 0);
 * for (const { place } of inner) console.log(place); // prints If_12/then_branch
 */
export async function readStructure(
  model: OnnxModel,
  shapes?: Readonly<Record<string, readonly number[]>>,
): Promise<ModelStructure> {
  if (shapes) checkShapes(model.graph, shapes);
  const evaluation = await loadEvaluation(model);
  const regions = readRegions(model, evaluation, shapes);
  const describe = (region: Region) => describeRegion(region, regions, evaluation);
  const [main, ...others] = regions;
  const inner = others.map((region) => ({ ...describe(region), ...whereIs(region) }));
  return { ...describe(main!), ...(inner.length > 0 && { inner }) };
}

function describeRegion(region: Region, regions: readonly Region[], evaluation: Evaluation): GraphStructure {
  const { scope, place } = region;
  const { graph, ids } = buildGraph(scope, evaluation);
  const functions = new Set(regions.filter(({ around }) => around === null).map((one) => one.place));
  const bodies = regions.filter(({ around }) => around?.region === region);
  const isValue = (name: string) => name !== '' && ids.has(name);
  const describe = (node: OnnxNode): StructureNode => {
    const run = bodies.filter(({ around }) => around!.node === node).map((body) => body.place);
    const opens = functions.has(qualifiedName(node)) ? [...run, qualifiedName(node)] : run;
    return {
      ...referTo(node, place),
      inputs: [...node.inputs, ...node.captures].filter(isValue),
      outputs: node.outputs.filter(isValue),
      ...(opens.length > 0 && { opens }),
    };
  };
  const given = scope.graph.inputs.map(({ name }) => name).filter((name) => !scope.constant(name));
  return {
    nodes: scope.nodes.map(describe).filter(({ outputs }) => outputs.length > 0),
    inputs: [...given, ...scope.captured],
    outputs: scope.graph.outputs.map(({ name }) => name),
    graph,
  };
}

function whereIs({ place, around, scope }: Region): Pick<InnerStructure, 'place' | 'around' | 'owner' | 'role'> {
  if (around === null) return { place, around: '', owner: place, role: '' };
  const { name } = referTo(around.node);
  const role = around.region.scope.bodies.find((body) => body.scope === scope)!.role;
  return { place, around: around.region.place, owner: name, role };
}
