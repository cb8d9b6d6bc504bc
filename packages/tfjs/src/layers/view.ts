/** A network as the conversion sees it. */
import { type Dialect, isRefusal, type MovementStep, refuse } from '@reparam/core';
import type { Movement } from '@reparam/core/movement';
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
import { liftCustom } from './custom.ts';
import { layersDialect } from './emit/dialect.ts';
import { holdsMovement } from './emit/movement.ts';
import { writeSeparately, writeSteps } from './emit/write.ts';
import { liftOf } from './lift/lift.ts';
import { moveOf } from './lift/moved.ts';
import { macsPerElement } from './macs.ts';
import type { LayerPart } from './read-parts.ts';
import { isRelu } from './relu.ts';
import { type LayersFacts, SizedNetwork } from './sized-network.ts';
import type { Call, Network } from './topology.ts';

export class LayersView extends SizedNetwork implements ModelView {
  readonly producers: ReadonlyMap<string, LayerPart>;
  readonly dialect: Dialect = layersDialect;
  readonly holdsMaps = false; // no stock layer has such a weight
  readonly partsByCall: ReadonlyMap<Call, readonly LayerPart[]>;
  private readonly readers = new Map<string, LayerPart[]>();
  private readonly callCounts = new Map<string, number>();

  constructor(network: Network, facts: LayersFacts) {
    super(network, facts);
    this.partsByCall = new Map(network.calls.map((call) => [call, this.nodes.filter((node) => node.call === call)]));
    this.producers = new Map(this.nodes.flatMap((node) => node.outputs.map((name) => [name, node] as const)));
    for (const { layer } of network.calls) this.callCounts.set(layer.name, (this.callCounts.get(layer.name) ?? 0) + 1);
    for (const node of this.nodes)
      for (const name of node.inputs) this.readers.set(name, [...(this.readers.get(name) ?? []), node]);
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
