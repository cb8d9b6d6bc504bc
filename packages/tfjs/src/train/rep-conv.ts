/** RepConv2D: a RepBlock as one trainable layer of TensorFlow.js, which it registers. */
import { UnsupportedError } from '@reparam/core';
import type { ModelArtifacts } from '../artifacts/model-artifacts.ts';
import { reparameterizeArtifacts } from '../reparameterize-artifacts.ts';
import { applyPlan } from './apply-plan.ts';
import { type BlockShape, channelsOf, checkChannels, completeOptions, type RepBlockOptions } from './block-options.ts';
import { layerArtifacts } from './layer-artifacts.ts';
import { planRepBlock } from './plan-rep-block.ts';

/** What is used of TensorFlow.js: `tf` of `@tensorflow/tfjs`, or its core and layers packages in one object. */
export interface TrainLibrary<Layer, Model> {
  readonly layers: { readonly Layer: abstract new (config?: never) => Layer };
  readonly serialization: { registerClass(type: never): unknown };
  input(config: never): unknown;
  model(config: never): Model;
  loadLayersModel(handler: never): Promise<Model>;
}

/** Options of a RepConv2D, with those that every layer of TensorFlow.js takes. */
export interface RepConv2DOptions extends RepBlockOptions {
  readonly name?: string;
  readonly trainable?: boolean;
  /** Of a first layer, without the batch: `[height, width, channels]`. */
  readonly inputShape?: readonly (number | null)[];
  readonly batchInputShape?: readonly (number | null)[];
  readonly weights?: readonly unknown[];
}

/** What a RepConv2D has beside what every layer has. */
export interface RepConv2DLayer<Model> {
  /**
   * What it computes in inference, as a model of stock layers: one convolution with its activation, after a padding above stride 1. The same
   * as converting a model that holds the layer. The layer is not changed, and shares nothing with the result.
   *
   * @throws UnsupportedError before it has been called.
   */
  reparameterize(): Promise<Model>;
}

/**
 * A RepBlock as one layer: the options, outputs and weights of `repBlock`. A model that holds it loads where `registerRepConv2D` was called;
 * converted, it loads everywhere.
 *
 * @throws ShapeError for options that no block has, and where it is called on channels that it does not fit.
 * @example
 * model.add(repConv2D(tf, { filters: 32, skip: 'norm', activation: 'relu' }));
 */
export function repConv2D<Layer, Model>(
  tf: TrainLibrary<Layer, Model>,
  options: RepConv2DOptions,
): Layer & RepConv2DLayer<Model> {
  return new (registerRepConv2D(tf))(options);
}

/** The class, as `registerRepConv2D` gives it. */
export type RepConv2DClass<Layer, Model> = new (options: RepConv2DOptions) => Layer & RepConv2DLayer<Model>;

const classes = new WeakMap<object, unknown>();

/**
 * Makes the class RepConv2D of this TensorFlow.js, and registers it, so that models that hold it load. Later calls give the same class.
 *
 * @example
 * registerRepConv2D(tf);
 * const model = await tf.loadLayersModel('model.json');
 */
export function registerRepConv2D<Layer, Model>(tf: TrainLibrary<Layer, Model>): RepConv2DClass<Layer, Model> {
  const known = classes.get(tf.layers.Layer);
  if (known) return known as RepConv2DClass<Layer, Model>;
  const made = makeClass(tf as unknown as TrainLibrary<BaseLayer, InnerModel>);
  classes.set(tf.layers.Layer, made);
  tf.serialization.registerClass(made as never);
  return made as unknown as RepConv2DClass<Layer, Model>;
}

/** What is used of a `tf.layers.Layer`. */
interface BaseLayer {
  readonly name: string;
  built: boolean;
  trainable: boolean;
  getConfig(): Record<string, unknown>;
  setFastWeightInitDuringBuild(value: boolean): void;
}

interface Weight {
  readonly originalName: string;
  readonly shape: readonly number[];
  read(): { data(): Promise<Float32Array> };
}

/** What is used of the `tf.LayersModel` of its stock layers. */
interface InnerModel {
  trainable: boolean;
  readonly trainableWeights: readonly Weight[];
  readonly nonTrainableWeights: readonly Weight[];
  readonly weights: readonly Weight[];
  call(inputs: unknown, options: unknown): readonly unknown[];
  setFastWeightInitDuringBuild(value: boolean): void;
}

type Shape = readonly (number | null)[];

function single(shape: Shape | readonly Shape[]): Shape {
  return Array.isArray(shape[0]) ? shape[0] : (shape as Shape);
}

/** A wrapper, as TimeDistributed is one: its weights are those of the stock layers within, which compute and train. */
function makeClass(tf: TrainLibrary<BaseLayer, InnerModel>) {
  const Base = tf.layers.Layer as unknown as new (options: object) => BaseLayer;
  return class RepConv2D extends Base {
    static readonly className = 'RepConv2D';
    private readonly block: BlockShape;
    private channels = 0;
    private inner: InnerModel | undefined;

    constructor(options: RepConv2DOptions) {
      super(options);
      this.block = completeOptions('RepConv2D', options);
    }

    build(inputShape: Shape | readonly Shape[]): void {
      this.channels = channelsOf('RepConv2D', single(inputShape));
      const plan = planRepBlock('RepConv2D', this.block, this.channels);
      const inputs = tf.input({ shape: [null, null, this.channels] } as never);
      this.inner = tf.model({ inputs, outputs: applyPlan(tf, plan, inputs, (name) => name) } as never);
      if (!super.trainable) this.inner.trainable = false;
      this.built = true;
    }

    call(inputs: unknown, options: unknown): unknown {
      return this.inner!.call(inputs, options)[0];
    }

    computeOutputShape(inputShape: Shape | readonly Shape[]): Shape {
      const [batch, ...sizes] = single(inputShape) as [number | null, ...Shape];
      checkChannels('RepConv2D', this.block, channelsOf('RepConv2D', single(inputShape)));
      const rows = sizes.slice(0, 2).map((size) => (size === null ? null : Math.ceil(size / this.block.stride)));
      return [batch, ...rows, this.block.filters];
    }

    override get trainable(): boolean {
      return super.trainable;
    }

    override set trainable(value: boolean) {
      super.trainable = value;
      if (this.inner) this.inner.trainable = value;
    }

    get trainableWeights(): readonly Weight[] {
      return this.inner?.trainableWeights ?? [];
    }

    get nonTrainableWeights(): readonly Weight[] {
      return this.inner?.nonTrainableWeights ?? [];
    }

    override setFastWeightInitDuringBuild(value: boolean): void {
      super.setFastWeightInitDuringBuild(value);
      this.inner?.setFastWeightInitDuringBuild(value);
    }

    override getConfig(): Record<string, unknown> {
      const inChannels = this.channels === 0 ? null : this.channels;
      return { ...super.getConfig(), ...this.block, inChannels };
    }

    async reparameterize(): Promise<InnerModel> {
      if (!this.inner) {
        const hint = 'call it, or add it to a model, first';
        throw new UnsupportedError(`the RepConv2D layer "${this.name}" has no weights yet`, { hint });
      }
      const { name, channels, block } = this;
      const artifacts = await layerArtifacts(name, { ...block, inChannels: channels }, this.inner.weights);
      const { artifacts: deploy } = await reparameterizeArtifacts<ModelArtifacts>(artifacts);
      return tf.loadLayersModel({ load: async () => deploy } as never);
    }
  };
}
