/** The calls of a functional model's layers, from their inbound_nodes. */
import { isObject, type JsonObject, shown } from '../json.ts';
import { kerasThree, malformed, pythonFunction } from './malformed.ts';
import type { Call, Layer, TensorRef } from './topology.ts';

/** All calls in topological order; `ends` are the model's own inputs and outputs. */
export function readCalls(layers: readonly Layer[], ends: readonly TensorRef[]): Call[] {
  const parsed = layers.map((layer) => ({ layer, nodes: readInbound(layer) }));
  const refs = [...ends, ...parsed.flatMap(({ nodes }) => nodes.flatMap(({ inputs }) => inputs))];
  const firstNodes = new Set(refs.filter(({ node }) => node === 0).map(({ layer }) => layer));
  const bases = new Map(
    layers.map((layer) => [layer.name, layer.nested && !firstNodes.has(layer.name) ? 1 : 0]), // a built model's own graph is its first node
  );
  const counts = new Map(parsed.map(({ layer, nodes }) => [layer.name, bases.get(layer.name)! + nodes.length]));
  for (const { layer, nodes } of parsed)
    for (const { inputs } of nodes) for (const ref of inputs) check(ref, counts, `"${layer.name}"`);
  for (const ref of ends) check(ref, counts, 'input_layers or output_layers');
  return process(parsed, bases);
}

export function readRefs(list: unknown, where: string): TensorRef[] {
  if (!Array.isArray(list) || list.length === 0) throw malformed(`${where} is ${shown(list)}, expected a list`);
  return list.map((entry) => readRef(entry, where));
}

interface InboundNode {
  readonly inputs: readonly TensorRef[];
  readonly arguments: JsonObject;
}

function readInbound({ name, className, json }: Layer): InboundNode[] {
  const where = `inbound_nodes of "${name}"`;
  if (className === 'InputLayer') return [{ inputs: [], arguments: {} }];
  if (!Array.isArray(json.inbound_nodes)) throw malformed(`${where} is ${shown(json.inbound_nodes)}, expected a list`);
  return json.inbound_nodes.map((node) => {
    if (isObject(node)) throw kerasThree();
    if (!Array.isArray(node) || node.length === 0)
      throw malformed(`${where} has ${shown(node)}, expected a list of [layer, node, tensor]`);
    if (/OpLambda$/.test(className) && !node.every(Array.isArray)) throw pythonFunction(name, className);
    const inputs = node.map((entry) => readRef(entry, where));
    const given = node.map((entry: unknown[]) => entry[3]).filter(isObject);
    return { inputs, arguments: Object.assign({}, ...given) };
  });
}

function readRef(entry: unknown, where: string): TensorRef {
  const [layer, node, tensor] = Array.isArray(entry) ? entry : [];
  if (typeof layer !== 'string' || !isIndex(node) || !isIndex(tensor))
    throw malformed(`${where} has ${shown(entry)}, expected [layer, node, tensor]`);
  return { layer, node, tensor };
}

function isIndex(value: unknown): value is number {
  return Number.isInteger(value) && (value as number) >= 0;
}

function check(ref: TensorRef, counts: ReadonlyMap<string, number>, reader: string): void {
  if (ref.node >= (counts.get(ref.layer) ?? 0))
    throw malformed(`${reader} names call ${ref.node} of layer "${ref.layer}", which there is not`);
}

/**
 * Calls in the order in which TensorFlow.js makes them: pass after pass over the layers, each as soon as its inputs are there. The calls
 * of a shared layer are numbered in that order, whatever their order in the file. A pass that makes none would be repeated for ever.
 */
function process(
  parsed: readonly { readonly layer: Layer; readonly nodes: readonly InboundNode[] }[],
  bases: ReadonlyMap<string, number>,
): Call[] {
  const calls: Call[] = [];
  const made = new Map(bases);
  const isInput = ({ layer }: (typeof parsed)[number]) => layer.className === 'InputLayer'; // there from the start
  const inputsFirst = [...parsed.filter(isInput), ...parsed.filter((entry) => !isInput(entry))];
  const waiting = inputsFirst.map(({ layer, nodes }) => ({ layer, nodes: [...nodes] }));
  for (let before = -1; before < calls.length; ) {
    before = calls.length;
    for (const entry of waiting) {
      const again: InboundNode[] = [];
      for (const node of entry.nodes) {
        const isReady = node.inputs.every((ref) => ref.node < made.get(ref.layer)!);
        if (isReady) {
          const index = made.get(entry.layer.name)!;
          calls.push({ layer: entry.layer, node: index, ...node });
          made.set(entry.layer.name, index + 1);
        } else again.push(node);
      }
      entry.nodes = again;
    }
  }
  const stuck = waiting.find(({ nodes }) => nodes.length > 0);
  if (stuck) throw malformed(`the inputs of "${stuck.layer.name}" depend on its own output`);
  return calls;
}
