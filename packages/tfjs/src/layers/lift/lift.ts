/** The table of lifts: which layers are linear, and in what terms. */
import { liftConv, liftDepthwise, liftSeparableDepthwise, liftSeparablePointwise } from './convolution.ts';
import { liftDense } from './dense.ts';
import type { LayerLift } from './layer-lift.ts';
import { liftAdd, liftAverage, liftConcatenate } from './merge.ts';
import {
  liftActivation,
  liftAveragePooling,
  liftCropping,
  liftDropout,
  liftLeakyReLU,
  liftZeroPadding,
} from './move.ts';
import { liftBatchNormalization, liftRescaling } from './normalization.ts';
import { liftTransposed } from './transposed.ts';

/** What a part of a layer does. */
export type PartKind = 'whole' | 'depthwise' | 'pointwise' | 'linear' | 'activation';

const lifts: Readonly<Record<string, LayerLift>> = {
  Activation: liftActivation,
  Add: liftAdd,
  AlphaDropout: liftDropout,
  Average: liftAverage,
  AveragePooling1D: liftAveragePooling(1),
  AveragePooling2D: liftAveragePooling(2),
  AveragePooling3D: liftAveragePooling(3),
  BatchNormalization: liftBatchNormalization,
  Concatenate: liftConcatenate,
  Conv1D: liftConv(1),
  Conv2D: liftConv(2),
  Conv2DTranspose: liftTransposed(2),
  Conv3D: liftConv(3),
  Conv3DTranspose: liftTransposed(3),
  Cropping2D: liftCropping,
  Dense: liftDense,
  DepthwiseConv2D: liftDepthwise,
  Dropout: liftDropout,
  GaussianDropout: liftDropout,
  GaussianNoise: liftDropout,
  LeakyReLU: liftLeakyReLU,
  Rescaling: liftRescaling,
  SpatialDropout1D: liftDropout,
  ZeroPadding2D: liftZeroPadding,
};

export function liftOf(className: string, part: PartKind): LayerLift | undefined {
  if (part === 'depthwise') return liftSeparableDepthwise;
  if (part === 'pointwise') return liftSeparablePointwise;
  return part === 'activation' ? undefined : lifts[className];
}

/** Layers whose `activation` is applied to what they compute. */
export const ACTIVATED: ReadonlySet<string> = new Set([
  'Conv1D',
  'Conv2D',
  'Conv2DTranspose',
  'Conv3D',
  'Conv3DTranspose',
  'Dense',
  'DepthwiseConv2D',
  'SeparableConv2D',
]);
