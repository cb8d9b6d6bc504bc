/**
 * Values that a quantizer reads, at whatever distance. The last bit of such a value decides now and then what it is rounded to, so it
 * must stay as it is to the bit.
 */
import type { OnnxGraph } from '../proto/graph.ts';
import type { OnnxModel } from '../proto/model.ts';
import { type OnnxNode, qualifiedName } from '../proto/node.ts';
import { QUANTIZER } from './operator-kinds.ts';
import type { Region } from './region.ts';
import { isStandard, type Scope } from './scope.ts';

/** For each region, its values that a quantizer reads. */
export function valuesBeforeQuantizers(regions: readonly Region[]): ReadonlyMap<Scope, ReadonlySet<string>> {
  const { model } = regions[0]!.scope;
  const found = new Map<Scope, ReadonlySet<string>>(regions.map(({ scope }) => [scope, new Set<string>()]));
  const inside = quantizingFunctions(model);
  if (inside.size === 0 && !regions.some(({ scope }) => holdsQuantizer(scope.graph, inside))) return found;
  /** Graphs, and names of functions, whose outputs a quantizer reads. */
  const reaching = new Set<OnnxGraph | string>();
  for (let known = -1; known < reaching.size; ) {
    known = reaching.size;
    for (const { scope, around, place } of regions) {
      const outputs = reaching.has(scope.graph) || (!around && reaching.has(place)) ? scope.outputs : [];
      found.set(scope, walkBack(scope, new Set(outputs), inside, reaching));
    }
  }
  return found;
}

/** From what is read by a quantizer to what that is made of. */
function walkBack(
  { model, nodes }: Scope,
  values: Set<string>,
  inside: ReadonlySet<string>,
  reaching: Set<OnnxGraph | string>,
): Set<string> {
  for (const node of [...nodes].reverse()) {
    const reaches = node.outputs.some((name) => values.has(name));
    if (reaches && model.functions.has(qualifiedName(node))) reaching.add(qualifiedName(node));
    if (!reaches && !quantizes(node, inside)) continue;
    for (const { graph } of node.subgraphs) reaching.add(graph); // a step of a loop reads what the one before gave out
    if (isStandard(model, node) && (node.opType === 'Shape' || node.opType === 'Size')) continue; // sizes do not change
    for (const name of [...node.inputs, ...node.captures]) values.add(name);
  }
  return values;
}

function quantizes(node: OnnxNode, inside: ReadonlySet<string>): boolean {
  if (QUANTIZER.test(node.opType) || inside.has(qualifiedName(node))) return true;
  return node.subgraphs.some(({ graph }) => holdsQuantizer(graph, inside));
}

function holdsQuantizer({ nodes }: OnnxGraph, inside: ReadonlySet<string>): boolean {
  return nodes.some((node) => quantizes(node, inside));
}

/** Names of functions that hold a quantizer, or call one that does. */
function quantizingFunctions({ functions }: OnnxModel): Set<string> {
  const names = new Set<string>();
  for (let known = -1; known < names.size; ) {
    known = names.size;
    for (const [name, { graph }] of functions) if (holdsQuantizer(graph, names)) names.add(name);
  }
  return names;
}
