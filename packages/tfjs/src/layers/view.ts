/** A network as the conversion sees it. */
import { type Dialect, isRefusal, type MovementStep, type Operator, type Refusal, refuse, symbol } from '@reparam/core';
import type { Movement } from '@reparam/core/movement';
import type { WeightStore } from '../artifacts/weight-store.ts';
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
import { type CallContext, findWeight, type Layout } from './call-context.ts';
import { type CustomLifts, customOperator, customShape, liftCustom } from './custom.ts';
import { layersDialect } from './emit/dialect.ts';
import type { LayerFacts } from './emit/layer-writer.ts';
import { holdsMovement } from './emit/movement.ts';
import { writeSeparately, writeSteps } from './emit/write.ts';
import {
  agreedShape,
  calledShape,
  declaredShape,
  type GivenShapes,
  implicitInput,
  isFloatInput,
} from './input-shapes.ts';
import { firstConfig, layoutOf } from './layout.ts';
import { liftOf } from './lift/lift.ts';
import { moveOf } from './lift/moved.ts';
import { macsPerElement } from './macs.ts';
import { type LayerPart, readParts } from './read-parts.ts';
import { isRelu } from './relu.ts';
import { outputShape } from './shapes.ts';
import type { Call, Network } from './topology.ts';
import { nameValues, type ValueNames } from './values.ts';

export interface LayersFacts extends Omit<LayerFacts, 'layout'> {
  readonly store: WeightStore;
  readonly shapes: GivenShapes;
  readonly custom: CustomLifts;
  /** Shapes that a nested model is called on, for each call; null for the model itself. */
  readonly calledOn: readonly (readonly (Shape | null)[])[] | null;
  /** Weights of a layer, with their number of elements. */
  weightsOf(layer: string): ReadonlyMap<string, number>;
}

export class LayersView implements ModelView {
  readonly network: Network;
  readonly names: ValueNames;
  readonly nodes: readonly LayerPart[];
  readonly producers: ReadonlyMap<string, LayerPart>;
  readonly inputs: readonly string[];
  readonly outputs: ReadonlySet<string>;
  readonly dialect: Dialect = layersDialect;
  readonly holdsMaps = false; // no stock layer has such a weight
  readonly layout: Layout;
  readonly facts: LayersFacts & LayerFacts;
  readonly partsByCall: ReadonlyMap<Call, readonly LayerPart[]>;
  /** Whether the caller's sizes settle what the model leaves open. */
  readonly isSettled: boolean;
  private readonly shapes = new Map<string, Shape>();
  /** What layers of the caller are. */
  private readonly custom = new Map<LayerPart, Operator | Refusal | null>();
  private readonly whole = new Set<string>(); // values that are no floats
  private readonly readers = new Map<string, LayerPart[]>();
  private readonly callCounts = new Map<string, number>();

  constructor(network: Network, facts: LayersFacts) {
    this.network = network;
    this.layout = layoutOf(network);
    this.facts = { ...facts, layout: this.layout };
    this.names = nameValues(network);
    const implicit = network.kind === 'sequential' ? implicitInput(network) : null;
    this.nodes = readParts(network, this.names, implicit);
    this.partsByCall = new Map(network.calls.map((call) => [call, this.nodes.filter((node) => node.call === call)]));
    this.producers = new Map(this.nodes.flatMap((node) => node.outputs.map((name) => [name, node] as const)));
    const declared = this.nodes.filter(({ opType }) => opType === 'InputLayer').flatMap(({ outputs }) => outputs);
    this.inputs = implicit === null ? declared : [implicit, ...declared];
    this.outputs = new Set(network.outputs.map(this.names.nameOf));
    for (const { layer } of network.calls) this.callCounts.set(layer.name, (this.callCounts.get(layer.name) ?? 0) + 1);
    for (const node of this.nodes)
      for (const name of node.inputs) this.readers.set(name, [...(this.readers.get(name) ?? []), node]);
    this.isSettled = this.inputs.some((name) => Object.hasOwn(facts.shapes, name));
    if (implicit !== null) this.declare(network.calls[0]!, implicit);
    for (const node of this.nodes) {
      if (node.call.layer.nested) this.propagateThrough(node, node.call.layer.nested);
      else this.propagate(node);
    }
  }

  private declare({ layer }: Call, name: string): void {
    const inner = layer.nested ? firstConfig(layer.nested) : layer.config;
    const declared = declaredShape({ ...inner, ...layer.config }, name, this.facts.shapes);
    const { calledOn } = this.facts;
    const place = Math.max(0, this.network.inputs.map(this.names.nameOf).indexOf(name)); // the only one of a Sequential model has no layer
    const calls = calledOn?.map((shapes) => shapes[place] ?? null);
    const known = calls && (declared ? calledShape(declared, calls, name) : agreedShape(calls, name));
    const shape = known ?? declared;
    if (shape) this.shapes.set(name, shape);
    if (!isFloatInput(inner)) this.whole.add(name);
  }

  private propagate(node: LayerPart): void {
    const [output] = node.outputs;
    const isInput = node.opType === 'InputLayer';
    const context = this.contextOf(node);
    const custom = isInput ? undefined : customOperator(this.facts.custom, context);
    if (custom !== undefined) this.custom.set(node, custom);
    const known = custom === undefined ? outputShape(context) : customShape(custom, context);
    const shape = isInput ? null : known;
    if (isInput) this.declare(node.call, output!);
    if (shape) this.shapes.set(output!, shape);
  }

  /** What a nested model makes of this call's shapes. Its free sizes are other ones in each call. */
  private propagateThrough({ inputs, outputs }: LayerPart, nested: Network): void {
    const called = { ...this.facts, shapes: {}, calledOn: [inputs.map((input) => this.shape(input))] };
    const inner = new LayersView(nested, called);
    [...inner.outputs].forEach((name, place) => {
      const shape = inner.shape(name);
      const own = shape?.map((size, axis) =>
        typeof size === 'number' || axis === 0 ? size : symbol(`${outputs[place]}:${axis}`),
      );
      if (own && outputs[place] !== undefined) this.shapes.set(outputs[place], own);
    });
  }

  contextOf(node: LayerPart): CallContext {
    const { layer, arguments: given } = node.call;
    const { className, config, name } = layer;
    const isHalf = node.part === 'pointwise' || node.part === 'depthwise';
    return {
      name,
      className: node.part === 'activation' ? 'Activation' : isHalf ? `${className}/${node.part}` : className,
      config,
      arguments: given,
      inputShapes: node.inputs.map((input) => this.shape(input)),
      layout: this.layout,
      weight: (role) => findWeight(this.facts.store, name, role),
    };
  }

  shape(name: string): Shape | null {
    return this.shapes.get(name) ?? null;
  }

  viewShape(shape: Shape): Shape {
    return this.layout === 'first' || shape.length < 3 ? shape : [shape[0]!, shape.at(-1)!, ...shape.slice(1, -1)];
  }

  lift(node: ModelNode): Lifted {
    const own = node as LayerPart;
    const { layer } = own.call;
    if (this.custom.has(own)) return liftCustom(this.custom.get(own) ?? null, own.inputs[0]!);
    const lift = liftOf(layer.className, own.part);
    if (!lift || node.outputs.length > 1 || node.inputs.some((name) => this.whole.has(name))) return null;
    if (own.part === 'pointwise' && !this.isLiftable(this.producers.get(own.inputs[0]!)!)) return null;
    const context = this.contextOf(own);
    if (this.callCounts.get(layer.name)! > 1 && this.weightsOf(node).size > 0) {
      const found = `layer "${layer.name}" is called more than once with the same weights, so it merges only with layers that are called with it each time`;
      return refuse('shared', found, 'call the layers around it as often, together with it, or call it once');
    }
    const lifted = lift({ ...context, className: layer.className }, own.inputs);
    return lifted && !('reason' in lifted) ? [lifted] : lifted;
  }

  move(node: ModelNode): ((before: Movement) => Movement | null) | null {
    const own = node as LayerPart;
    const isWhole = own.part !== 'whole' || this.custom.has(own) || own.inputs.some((name) => this.whole.has(name));
    return isWhole ? null : moveOf(this.contextOf(own), this.shape(own.outputs[0]!));
  }

  holdsMovement(step: MovementStep, from: Shape): boolean {
    return holdsMovement(step, from, this.layout);
  }

  private isLiftable(node: LayerPart): boolean {
    const lifted = this.lift(node);
    return lifted !== null && !isRefusal(lifted);
  }

  /** The call of a shared layer: its other calls keep the layer and its name. */
  isBound({ name, outputs }: ModelNode): boolean {
    return !this.isCalledOnce(name) && outputs.some((output) => this.outputs.has(output));
  }

  macsPerElement(node: ModelNode): number {
    return macsPerElement(this.contextOf(node as LayerPart), (node as LayerPart).part);
  }

  weightsOf(node: ModelNode): ReadonlyMap<string, number> {
    return this.facts.weightsOf((node as LayerPart).call.layer.name);
  }

  /** The activation that alone reads a value: the layer's own, or a ReLU behind it. */
  activationAfter(name: string, isLeftAlone: (node: ModelNode) => boolean): Activation | null {
    const [reader, ...others] = this.readers.get(name) ?? [];
    if (!reader || others.length > 0 || this.outputs.has(name) || reader.outputs.length > 1) return null;
    if (reader.part === 'activation') return { nodes: [reader], activation: reader.call.layer.config.activation };
    if (this.callCounts.get(reader.name)! > 1 || isLeftAlone(reader) || !isRelu(reader.call)) return null;
    return { nodes: [reader], activation: 'relu' };
  }

  write(request: WriteRequest): WrittenParts {
    return writeSteps(this, request);
  }

  separate(nodes: readonly ModelNode[]): NewPart[] {
    return writeSeparately(this, nodes as readonly LayerPart[]);
  }

  isCalledOnce(layer: string): boolean {
    return this.callCounts.get(layer) === 1;
  }
}
