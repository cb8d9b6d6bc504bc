/** Train-time blocks for TensorFlow.js: of stock layers, and as one layer. */
export type { StockLayers } from './apply-plan.ts';
export type { KernelSize, RepBlockOptions } from './block-options.ts';
export {
  acBlock,
  type Block,
  dbBlock,
  type KernelBlockOptions,
  type MobileOneOptions,
  mobileOneBlock,
  type NamedBlock,
  type RepMixerOptions,
  type RepVGGOptions,
  repBlock,
  repMixerBlock,
  repVGGBlock,
  type Style,
} from './blocks.ts';
export {
  type RepConv2DClass,
  type RepConv2DLayer,
  type RepConv2DOptions,
  registerRepConv2D,
  repConv2D,
  type TrainLibrary,
} from './rep-conv.ts';
