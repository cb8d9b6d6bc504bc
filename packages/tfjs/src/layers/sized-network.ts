/** A network with the shapes of its values, each call's by what it is called on. */
import { type Operator, type Refusal, symbol } from '@reparam/core';
import type { WeightStore } from '../artifacts/weight-store.ts';
import type { Shape } from '../convert/model-view.ts';
import { type CallContext, findWeight, type Layout } from './call-context.ts';
import { type CustomLifts, customOperator, customShape } from './custom.ts';
import type { LayerFacts } from './emit/layer-writer.ts';
import {
  agreedShape,
  calledShape,
  declaredShape,
  type GivenShapes,
  implicitInput,
  isFloatInput,
} from './input-shapes.ts';
import { firstConfig, layoutOf } from './layout.ts';
import { type LayerPart, readParts } from './read-parts.ts';
import type { OpenShape } from './shape-rules/rule.ts';
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

export class SizedNetwork {
  readonly network: Network;
  readonly names: ValueNames;
  readonly nodes: readonly LayerPart[];
  readonly inputs: readonly string[];
  readonly outputs: ReadonlySet<string>;
  readonly layout: Layout;
  readonly facts: LayersFacts & LayerFacts;
  /** Whether the caller's sizes settle what the model leaves open. */
  readonly isSettled: boolean;
  private readonly shapes = new Map<string, Shape>();
  /** What layers of the caller are. */
  protected readonly custom: Map<LayerPart, Operator | Refusal | null> = new Map();
  /** Values that are no floats. */
  protected readonly whole: Set<string> = new Set();

  constructor(network: Network, facts: LayersFacts) {
    this.network = network;
    this.layout = layoutOf(network);
    this.facts = { ...facts, layout: this.layout };
    this.names = nameValues(network);
    const implicit = network.kind === 'sequential' ? implicitInput(network) : null;
    this.nodes = readParts(network, this.names, implicit);
    const declared = this.nodes.filter(({ opType }) => opType === 'InputLayer').flatMap(({ outputs }) => outputs);
    this.inputs = implicit === null ? declared : [implicit, ...declared];
    this.outputs = new Set(network.outputs.map(this.names.nameOf));
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
    if (shape) this.shapes.set(output!, named(shape, output!));
  }

  /** What a nested model makes of this call's shapes. Its free sizes are other ones in each call. */
  private propagateThrough({ inputs, outputs }: LayerPart, nested: Network): void {
    const called = { ...this.facts, shapes: {}, calledOn: [inputs.map((input) => this.shape(input))] };
    const inner = new SizedNetwork(nested, called);
    [...inner.outputs].forEach((name, place) => {
      const shape = inner.shape(name);
      const own = shape?.map((size, axis) => (typeof size === 'number' || axis === 0 ? size : null));
      if (own && outputs[place] !== undefined) this.shapes.set(outputs[place], named(own, outputs[place]));
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
}

/** Sizes of a value that are not known are its own. */
function named(shape: OpenShape, name: string): Shape {
  return shape.map((size, axis) => size ?? symbol(`${name}:${axis}`));
}
