/** From a model's structure to labelled nodes and edges, with what the report says of each. */
import { formatSize, type Graph, isDiagonal, isIdentity, type Operator } from '@reparam/core';
import {
  type ConversionReport,
  type Fusion,
  type GraphStructure,
  type ModelStructure,
  type NodeReference,
  nodeKey,
  type StructureNode,
} from '@reparam/core/convert';
import type { DrawnNode } from '../view/drawn-graph.ts';
import { countInside, nameWithin, type Whereabouts } from './model-graphs.ts';

export type PlainNode = Omit<DrawnNode, 'x' | 'y' | 'width' | 'height'>;

/** Nodes in topological order, and edges as pairs of places in it. */
export interface PlainGraph {
  readonly nodes: readonly PlainNode[];
  readonly edges: readonly (readonly [from: number, to: number])[];
}

const ACTIVATION = /relu|gelu|silu|sigmoid|softmax|swish|tanh|elu|mish|erf|clip/i;
const LINEAR = /conv|gemm|matmul|dense|averagepool/i;

/** What is said of a graph beside its structure. */
export interface GraphContext {
  readonly model: ModelStructure;
  /** Of the graph; "" for the main one. */
  readonly place: string;
  readonly regions: readonly Fusion[];
  readonly refusals: ConversionReport['refusals'];
  readonly whereabouts: Whereabouts;
  /** Which nodes of the regions are in this model. */
  readonly side: 'nodes' | 'into';
}

export function describeGraph(structure: GraphStructure, context: GraphContext): PlainGraph {
  const { place, regions, side } = context;
  const regionOf = new Map(regions.flatMap((region, at) => region[side].map((node) => [nodeKey(node), at] as const)));
  const refused = refusalsByNode(context.refusals);
  const values = new Map(structure.graph.values.map((value) => [value.name, value]));
  const shapeOf = (name: string) => {
    const { shape = [] } = values.get(name) ?? {};
    return shape.length === 0 ? '' : `[${shape.map((size) => formatSize(size)).join(', ')}]`;
  };
  const describe = (node: StructureNode): PlainNode => ({
    name: nameWithin(place, node.name),
    label: node.opType,
    detail: node.opens ? detailInside(node.opens, context) : detailOf(node, values),
    shape: shapeOf(node.outputs[0] ?? ''),
    kind: kindOf(node),
    region: regionOf.get(nodeKey(node)) ?? -1,
    refusals: refused.get(nodeKey(node)) ?? [],
    opens: node.opens ?? [],
  });
  const end = (name: string): PlainNode => {
    const shape = shapeOf(name);
    return { name: '', label: name, detail: shape, shape, kind: 'end', region: -1, refusals: [], opens: [] };
  };
  const made = new Set(structure.nodes.flatMap(({ outputs }) => outputs));
  const inputs = structure.inputs.filter((name) => !made.has(name));
  return {
    nodes: [...inputs.map(end), ...structure.nodes.map(describe), ...structure.outputs.map(end)],
    edges: edgesOf(structure, inputs),
  };
}

function refusalsByNode(refusals: ConversionReport['refusals']): ReadonlyMap<string, readonly number[]> {
  const refused = new Map<string, number[]>();
  refusals.forEach(({ nodes }, at) => {
    // The last node is the one that did not merge into what it reads.
    for (const node of nodes.slice(-1)) refused.set(nodeKey(node), [...(refused.get(nodeKey(node)) ?? []), at]);
  });
  return refused;
}

/** "2 graphs, 3 merged, 1 stays" */
function detailInside(opens: readonly string[], { model, whereabouts }: GraphContext): string {
  const { merged, refused } = countInside(model, opens, whereabouts);
  const graphs = opens.length === 1 ? '1 graph' : `${opens.length} graphs`;
  return [graphs, merged > 0 && `${merged} merged`, refused > 0 && `${refused} ${refused === 1 ? 'stays' : 'stay'}`]
    .filter(Boolean)
    .join(', ');
}

function edgesOf({ nodes, outputs }: GraphStructure, inputs: readonly string[]): [number, number][] {
  const makers = new Map(inputs.map((name, at) => [name, at]));
  nodes.forEach((node, at) => {
    for (const name of node.outputs) if (!makers.has(name)) makers.set(name, inputs.length + at);
  });
  const edges: [number, number][] = [];
  const connect = (names: readonly string[], to: number) => {
    for (const from of new Set(names.flatMap((name) => makers.get(name) ?? []))) if (from < to) edges.push([from, to]);
  };
  nodes.forEach((node, at) => {
    connect(node.inputs, inputs.length + at);
  });
  outputs.forEach((name, at) => {
    connect([name], inputs.length + nodes.length + at);
  });
  return edges;
}

function kindOf({ opType }: NodeReference): PlainNode['kind'] {
  if (/batchnorm/i.test(opType)) return 'norm';
  if (ACTIVATION.test(opType)) return 'activation';
  return LINEAR.test(opType) ? 'linear' : 'other';
}

/** Kernel and channels where the node is one operator: "3×3 dw, 64 ch" or "3×3, 32 → 64". */
function detailOf({ outputs }: StructureNode, values: ReadonlyMap<string, Graph['values'][number]>): string {
  const [definition] = values.get(outputs[0] ?? '')?.definitions ?? [];
  const [term, ...others] = definition?.terms ?? [];
  if (!term || others.length > 0 || isIdentity(term.operator)) return '';
  return describeOperator(term.operator);
}

export function describeOperator({ axes, support, outChannels, inChannels, kind }: Operator): string {
  const kernel = axes.map((axis) => axis.kernel).join('×');
  const stride = axes.some((axis) => axis.stride > 1) ? ` /${Math.max(...axes.map((axis) => axis.stride))}` : '';
  const diagonal = isDiagonal(support) && kind === 'conv';
  const groups = support.reduce((sum, run) => sum + run.count, 0);
  const channels = diagonal && outChannels === inChannels ? `${outChannels} ch` : `${inChannels} → ${outChannels}`;
  const shared = diagonal ? (kernel === '' ? '' : ' dw') : groups > 1 ? ` g${groups}` : '';
  return `${kernel}${shared}${stride}${kernel === '' ? '' : ', '}${channels}`;
}
