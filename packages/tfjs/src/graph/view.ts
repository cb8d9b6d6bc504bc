/** A graph as the conversion sees it. */
import type { Dialect, MovementStep } from '@reparam/core';
import type { Movement } from '@reparam/core/movement';
import { countOf, type WeightStore } from '../artifacts/weight-store.ts';
import type { Lifted } from '../convert/lifted.ts';
import type {
  Activation,
  ModelNode,
  ModelView,
  NewPart,
  Shape,
  WriteRequest,
  WrittenParts,
} from '../convert/model-view.ts';
import type { Attributes } from './attributes.ts';
import type { GraphFacts } from './emit/node-writer.ts';
import { groupsOf, paddingOf } from './emit/products.ts';
import { writeActivation, writeSteps } from './emit/write.ts';
import { fusedOf } from './fused.ts';
import { heldActivation } from './held-activation.ts';
import { liftNode } from './lift/lift.ts';
import { moveOf } from './lift/moved.ts';
import { macsPerElement } from './macs.ts';
import { type NodeDef, nodeOf } from './node-def.ts';
import { findControlled, orderNodes } from './order.ts';
import { type GraphNode, readGraphNodes } from './read-nodes.ts';
import { createScope, type GraphScope } from './scope.ts';
import { outputShapes } from './shapes.ts';
import type { GraphEnds } from './signature.ts';
import { outputSizes } from './sizes.ts';

/** An activation, with what it reads beside its input. */
export interface GraphActivation extends Activation {
  readonly activation: string;
  readonly inputs: readonly string[];
  readonly attributes: Attributes;
}

export class GraphView implements ModelView {
  readonly defs: readonly NodeDef[];
  readonly nodes: readonly GraphNode[];
  readonly producers: ReadonlyMap<string, GraphNode>;
  readonly inputs: readonly string[];
  readonly outputs: ReadonlySet<string>;
  readonly dialect: Dialect;
  readonly holdsMaps = true;
  readonly facts: GraphFacts;
  readonly scope: GraphScope;
  private readonly awaited: ReadonlySet<string>;
  private readonly controlled: ReadonlySet<string>;
  private readonly readers = new Map<string, GraphNode[]>();

  constructor(defs: readonly NodeDef[], ends: GraphEnds, store: WeightStore, facts: GraphFacts) {
    const ordered = orderNodes(defs);
    this.defs = defs;
    this.facts = facts;
    this.scope = createScope(defs, store);
    this.controlled = findControlled(ordered);
    this.inputs = ends.inputs;
    this.nodes = readGraphNodes(ordered, this.scope);
    this.producers = new Map(this.nodes.flatMap((node) => node.outputs.map((name) => [name, node] as const)));
    this.outputs = new Set(ends.outputs.filter((name) => this.producers.has(name)));
    this.awaited = new Set(this.nodes.flatMap(({ awaits }) => awaits));
    this.dialect = {
      groups: (operator, groups) =>
        operator.kind === 'conv' && groups > 1 ? groupsOf(operator, operator.axes.length) : 1,
      holdsPadding: ({ axes }, sizes) => paddingOf(axes, sizes) !== null,
      holdsBias: (kind, rank) => (kind === 'dense' ? rank === 2 : kind !== 'transposed' && rank === 4),
      slicesChannels: () => true,
      partMacs: (channels) => 48 * (channels + 16), // as measured, like the next: see bench/README.md
      affineLastsAsTwo: true,
    };
    for (const node of this.nodes)
      for (const name of node.inputs) {
        const list = this.readers.get(name);
        if (list) list.push(node);
        else this.readers.set(name, [node]);
      }
    for (const [name, shape] of ends.shapes) this.scope.setShape(name, shape);
    for (const node of this.nodes) this.propagate(node);
  }

  private propagate({ def, part, outputs, inputs }: GraphNode): void {
    if (this.inputs.includes(outputs[0]!)) return;
    if (part !== 'activation') this.refine(def);
    const shapes = part === 'activation' ? [this.scope.shape(inputs[0]!)] : outputShapes(def, this.scope);
    outputs.forEach((name) => {
      const place = part !== 'whole' ? 0 : Number(name.split(':')[1] ?? 0);
      this.scope.setShape(name, shapes[place] ?? null);
    });
    if (part === 'whole') this.scope.setSizes(outputs[0]!, outputSizes(def, this.scope));
  }

  /** A convolution says what rank and channels its input has. */
  private refine({ op, inputs }: NodeDef): void {
    const [input, filter] = inputs;
    const dims = filter === undefined ? undefined : this.scope.constant(filter)?.dims;
    if (!/Conv[23]D$|Conv2dNative$/.test(op) || !dims || this.scope.shape(input!)) return;
    const shape: Shape = [...dims.slice(0, -1).map(() => this.scope.freshSize()), dims.at(-2)!];
    this.scope.setShape(input!, shape);
  }

  shape(name: string): Shape | null {
    return this.scope.shape(name);
  }

  viewShape(shape: Shape): Shape {
    return shape.length < 3 ? shape : [shape[0]!, shape.at(-1)!, ...shape.slice(1, -1)];
  }

  lift(node: ModelNode): Lifted {
    const { def, part, outputs } = node as GraphNode;
    if (part === 'activation' || this.controlled.has(def.name)) return null;
    const lifted = liftNode(def, this.scope);
    if (!lifted || 'reason' in lifted) return lifted;
    const places = outputs.map((name) => (part === 'linear' ? 0 : Number(name.split(':')[1] ?? 0)));
    const named = places.map((place) => lifted[place]);
    return named.every((definition) => definition !== undefined) ? named : null;
  }

  move(node: ModelNode): ((before: Movement) => Movement | null) | null {
    const { def, outputs } = node as GraphNode;
    return outputs.length > 1 || this.controlled.has(def.name) ? null : moveOf(def, this.scope);
  }

  holdsMovement(step: MovementStep): boolean {
    return step.op !== 'reshape' || step.shape.filter((size) => typeof size !== 'number').length < 2; // there is one -1
  }

  isBound(): boolean {
    return false;
  }

  macsPerElement(node: ModelNode): number {
    const { def, part } = node as GraphNode;
    return part === 'activation' ? 0 : macsPerElement(def, this.scope);
  }

  weightsOf(node: ModelNode): ReadonlyMap<string, number> {
    const found = new Map<string, number>();
    for (const input of (node as GraphNode).def.inputs) {
      const constant = this.scope.constant(input);
      if (constant?.dtype === 'float32') found.set(nodeOf(input), countOf(constant.dims));
    }
    return found;
  }

  /** The activation that alone reads a value: the node's own, or one behind it. */
  activationAfter(name: string, isLeftAlone: (node: ModelNode) => boolean): GraphActivation | null {
    const first = this.onlyReader(name);
    const isOwn = first?.part === 'activation';
    let found: GraphActivation | null = isOwn ? ownActivation(first) : null;
    let reader = isOwn ? this.onlyReader(first.outputs[0]!) : first;
    while (reader) {
      const { def } = reader;
      const isFixed = def.control.length > 0 || this.controlled.has(def.name) || isLeftAlone(reader);
      const activation = isFixed ? null : heldActivation(found?.activation ?? null, def, this.scope);
      if (activation === null) break;
      found = { nodes: [...(found?.nodes ?? []), reader], activation, inputs: [], attributes: {} };
      reader = this.onlyReader(reader.outputs[0]!);
    }
    return found;
  }

  /** What alone reads a value, where nothing else needs it. */
  private onlyReader(name: string): GraphNode | null {
    const [reader, ...others] = this.readers.get(name) ?? [];
    if (!reader || others.length > 0 || this.outputs.has(name) || this.awaited.has(name)) return null;
    return reader.outputs.length > 1 ? null : reader;
  }

  write(request: WriteRequest): WrittenParts {
    return writeSteps(this, request);
  }

  separate(nodes: readonly ModelNode[]): NewPart[] {
    const [node] = nodes as readonly GraphNode[];
    return writeActivation(this, node!.inputs[0]!, node!.outputs[0]!, ownActivation(node!));
  }
}

function ownActivation(node: GraphNode): GraphActivation {
  const { def } = node;
  const activation = fusedOf(def)!.activation!;
  const inputs = def.inputs.slice(fusedOf(def)!.hasBias ? 3 : 2);
  const alpha = def.attributes.leakyrelu_alpha;
  const attributes: Attributes = activation === 'LeakyRelu' ? { alpha: alpha ?? { f: 0.2 } } : {};
  return { nodes: [node], activation, inputs, attributes };
}
