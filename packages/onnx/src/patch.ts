/** From fused values to the edits of the file: nodes in and out, constants in and out. */
import type { Rewrite } from '@reparam/core';
import type { Region } from './analysis/region.ts';
import { FIRST_WITH_PLAIN_INITIALIZERS, isFunction, type Scope } from './analysis/scope.ts';
import type { ModelGraph } from './build-graph.ts';
import type { InlineTensor } from './emit/writer.ts';
import type { FusedValue } from './fuse.ts';
import type { FusedRegion } from './fuse-region.ts';
import { modelValue } from './model-value.ts';
import type { NewNode } from './proto/new-parts.ts';
import type { OnnxNode } from './proto/node.ts';
import type { GraphPatch, ModelPatch } from './proto/write.ts';

export interface Patched {
  readonly patch: GraphPatch;
  readonly removed: ReadonlySet<OnnxNode>;
  /** Values of the graphs around that the patched graph still reads. */
  readonly captures: ReadonlySet<string>;
}

/** The patches of all regions, and one of the model made of them. */
export function patchRegions(regions: readonly FusedRegion[]): {
  patch: ModelPatch;
  patched: ReadonlyMap<Region, Patched>;
} {
  const patched = new Map<Region, Patched>();
  const captures = new Map<OnnxNode, string[]>();
  for (const fused of [...regions].reverse()) {
    const { region, modelGraph, aliases, evaluation } = fused;
    const own = buildPatch(
      region.scope,
      modelGraph,
      fused.fused,
      aliases,
      (node) => captures.get(node) ?? node.captures,
    );
    const declareOutputs = evaluation.inner?.scanOutputs(region);
    patched.set(region, { ...own, patch: { ...own.patch, declareOutputs } });
    if (!region.around) continue;
    const { node } = region.around;
    captures.set(node, [...(captures.get(node) ?? []), ...own.captures]);
  }
  const [main, ...inner] = regions.map(({ region }) => [region.scope.graph, patched.get(region)!.patch] as const);
  return { patch: { ...main![1], inner: new Map(inner) }, patched };
}

function constantNode(tensor: InlineTensor): NewNode {
  return {
    opType: 'Constant',
    name: tensor.name,
    inputs: [],
    outputs: [tensor.name],
    attributes: { value: { tensor } },
  };
}

/** The patch of one graph. `capturesOf` gives the values that a node's bodies still read. */
export function buildPatch(
  scope: Scope,
  { graph }: ModelGraph,
  fused: ReadonlyMap<Pick<Rewrite, 'value'>, Pick<FusedValue, 'nodes' | 'tensors'>>,
  aliases: ReadonlyMap<string, string>,
  capturesOf: (node: OnnxNode) => readonly string[] = (node) => node.captures,
): Patched {
  const replaced = new Set<OnnxNode>([...aliases.keys()].map((name) => scope.producers.get(name)!));
  const insertNodes: { before: number; node: NewNode }[] = [];
  const asNodes = isFunction(scope) || scope.model.irVersion < FIRST_WITH_PLAIN_INITIALIZERS;
  for (const [rewrite, { nodes, tensors }] of fused) {
    const maker = scope.producers.get(modelValue(graph, rewrite.value).name)!;
    if (!graph.values[rewrite.value]!.moved?.steps) replaced.add(maker);
    const constants = asNodes ? tensors.map(constantNode) : [];
    for (const node of [...constants, ...nodes]) insertNodes.push({ before: maker.index, node });
  }
  const inserted = insertNodes.flatMap(({ node }) => node.inputs);
  const readBy = (node: OnnxNode) => [...node.inputs.map((name) => aliases.get(name) ?? name), ...capturesOf(node)];
  const { removed, unread } = sweep(scope, replaced, inserted, readBy);
  const kept = scope.nodes.filter((node) => !removed.has(node));
  const remade = new Set(insertNodes.flatMap(({ node }) => node.outputs));
  const patch: GraphPatch = {
    removeNodes: new Set([...removed].map((node) => node.index)),
    insertNodes,
    renameInputs: new Map(
      kept.map((node) => [node.index, renamesOf(node, aliases)] as const).filter(([, names]) => names.size > 0),
    ),
    removeInitializers: new Set(
      [...scope.graph.initializers.keys()].filter((name) => unread.has(name) && !scope.overridable.has(name)),
    ),
    addInitializers: asNodes ? [] : [...fused.values()].flatMap(({ tensors }) => tensors),
    removeValueInfos: new Set([...removed].flatMap((node) => node.outputs).filter((name) => !remade.has(name))),
  };
  const read = [...inserted, ...kept.flatMap(readBy), ...scope.outputs];
  const defined = new Set([...definedNames(scope), ...remade, ...[...fused.values()].flatMap(tensorNames)]);
  return { removed, patch, captures: new Set(read.filter((name) => name !== '' && !defined.has(name))) };
}

function tensorNames({ tensors }: Pick<FusedValue, 'tensors'>): string[] {
  return tensors.map(({ name }) => name);
}

function definedNames({ graph, producers }: Scope): string[] {
  const inputs = graph.inputs.map(({ name }) => name);
  return [...inputs, ...graph.initializers.keys(), ...graph.sparseInitializers.keys(), ...producers.keys()];
}

function renamesOf(node: OnnxNode, aliases: ReadonlyMap<string, string>): ReadonlyMap<string, string> {
  return new Map(node.inputs.filter((name) => aliases.has(name)).map((name) => [name, aliases.get(name)!]));
}

/** Removes what nothing reads any more; what nothing read before stays as it was. */
function sweep(
  scope: Scope,
  replaced: ReadonlySet<OnnxNode>,
  inserted: readonly string[],
  readBy: (node: OnnxNode) => readonly string[],
): { removed: Set<OnnxNode>; unread: Set<string> } {
  const counts = new Map<string, number>();
  const change = (name: string, by: number) => counts.set(name, (counts.get(name) ?? 0) + by);
  for (const name of [...scope.outputs, ...inserted]) change(name, 1);
  const before = new Set<string>(scope.outputs);
  for (const node of scope.nodes) {
    for (const name of [...node.inputs, ...node.captures]) before.add(name);
    if (!replaced.has(node)) for (const name of readBy(node)) change(name, 1);
  }
  const removed = new Set(replaced);
  for (const node of [...scope.nodes].reverse()) {
    const outputs = node.outputs.filter((name) => name !== '');
    const isUnread = outputs.every((name) => (counts.get(name) ?? 0) === 0) && outputs.some((name) => before.has(name));
    if (removed.has(node) || !isUnread) continue;
    removed.add(node);
    for (const name of readBy(node)) change(name, -1);
  }
  return { removed, unread: new Set([...before].filter((name) => (counts.get(name) ?? 0) === 0)) };
}
