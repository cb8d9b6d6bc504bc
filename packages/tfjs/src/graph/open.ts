/** Opens a Graph model: its graph as a view, and the way back. */
import type { WeightFormat } from '../artifacts/encode-weight.ts';
import type { WeightStore } from '../artifacts/weight-store.ts';
import type { NewPart, ViewEdits } from '../convert/model-view.ts';
import type { OpenedModel } from '../convert/opened-model.ts';
import { isObject, type JsonObject } from '../json.ts';
import { write } from './attributes.ts';
import { isGraphTopology, type NodeDef, nodeOf, readNodes, valueName } from './node-def.ts';
import type { GraphNode } from './read-nodes.ts';
import { readEnds } from './signature.ts';
import { isSizeOnly } from './sizes.ts';
import { GraphView } from './view.ts';

export { isGraphTopology };

export interface OpenGraphOptions {
  readonly store: WeightStore;
  readonly format: WeightFormat;
  readonly shapes: Readonly<Record<string, readonly number[]>>;
}

export function openGraphModel(topology: JsonObject, signature: unknown, options: OpenGraphOptions): OpenedModel {
  const defs = readNodes(topology);
  const ends = readEnds(defs, signature, options.shapes);
  const names = new Set([...defs.map(({ name }) => name), ...options.store.keys()]);
  const view = new GraphView(defs, ends, options.store, { names, format: options.format });
  return {
    views: [view],
    inputNames: () => view.inputs,
    rebuild: ([edits]) => ({ ...topology, node: rebuildNodes(view, edits!).map(({ json }) => json) }),
    removedWeights: ([edits]) => {
      const left = new Set([...rebuildNodes(view, edits!).map(({ name }) => name), ...namesInFunctions(topology)]);
      return new Set(defs.filter(({ name, op }) => op === 'Const' && !left.has(name)).map(({ name }) => name));
    },
  };
}

type Written = Pick<NodeDef, 'name' | 'json'>;

/** Nodes that stay, in their order, and new ones before those they stand for; constants that nothing reads go. */
function rebuildNodes(view: GraphView, edits: ViewEdits): Written[] {
  const inserted = new Map<string, NewPart[]>();
  for (const { before, part } of edits.inserted) {
    const { name } = (before as GraphNode).def;
    inserted.set(name, [...(inserted.get(name) ?? []), part]);
  }
  const partsOf = new Map<string, GraphNode[]>();
  for (const node of view.nodes) partsOf.set(node.def.name, [...(partsOf.get(node.def.name) ?? []), node]);
  const list = view.defs.flatMap((def): Written[] => {
    const news = (inserted.get(def.name) ?? []).flatMap(writePart);
    const parts = partsOf.get(def.name);
    const isRemoved = parts?.every((node) => edits.removed.has(node)) ?? false;
    return isRemoved ? news : [...news, { name: def.name, json: renamed(def, edits.aliases) }];
  });
  return withoutUnread(view.defs, list, new Set([...view.outputs].map(nodeOf)));
}

function renamed({ json }: NodeDef, aliases: ReadonlyMap<string, string>): JsonObject {
  const list = json.input;
  if (!Array.isArray(list) || aliases.size === 0) return json;
  const input = list.map((name: string) => (name.startsWith('^') ? name : (aliases.get(valueName(name)) ?? name)));
  return input.every((name, place) => name === list[place]) ? json : { ...json, input };
}

function writePart({ name, opType, config, weights }: NewPart): Written[] {
  const constants = weights.map(({ spec }): Written => {
    const dtype = spec.dtype === 'int32' ? 'DT_INT32' : 'DT_FLOAT';
    const attr = { dtype: write.type(dtype), value: write.tensor(dtype, spec.shape) };
    return { name: spec.name, json: { name: spec.name, op: 'Const', attr } };
  });
  return [...constants, { name, json: { name, op: opType, ...config } }];
}

/** Drops constants, what only passes them on, and sizes computed from shapes that had readers and have none. */
function withoutUnread(before: readonly NodeDef[], list: readonly Written[], outputs: ReadonlySet<string>): Written[] {
  const readIn = (json: JsonObject) =>
    ((json.input as string[] | undefined) ?? []).map((name) => nodeOf(name.replace(/^\^/, '')));
  const wasRead = new Set(before.flatMap(({ json }) => readIn(json)));
  let left = [...list];
  for (;;) {
    const read = new Set(left.flatMap(({ json }) => readIn(json)));
    const constants = new Set(left.filter(({ json }) => json.op === 'Const').map(({ name }) => name));
    const passes = ({ json }: Written) => json.op === 'Identity' && readIn(json).every((name) => constants.has(name));
    const isDropped = (node: Written) => node.json.op === 'Const' || passes(node) || isSizeOnly(node.json.op);
    const kept = left.filter(
      (node) => read.has(node.name) || outputs.has(node.name) || !wasRead.has(node.name) || !isDropped(node),
    );
    if (kept.length === left.length) return kept;
    left = kept;
  }
}

function namesInFunctions({ library }: JsonObject): string[] {
  const functions = isObject(library) && Array.isArray(library.function) ? library.function : [];
  return functions.flatMap((each) => {
    const nodes = isObject(each) && Array.isArray(each.nodeDef) ? each.nodeDef : [];
    return nodes.flatMap((node) => (isObject(node) && typeof node.name === 'string' ? [node.name] : []));
  });
}
