/** Output shapes of layers. */
import type { Shape } from '../convert/model-view.ts';
import { type CallContext, shapeWith, spatialOf } from './call-context.ts';
import { broadcast, concatenated, MERGES } from './shape-rules/merges.ts';
import { flatten, globalPooling, permute, reshape } from './shape-rules/moves.ts';
import type { OpenShape, ShapeRule } from './shape-rules/rule.ts';
import { bidirectional, embedding, recurrent, repeated, timeDistributed } from './shape-rules/sequences.ts';
import { convolution, cropped, depthwise, pooling, transposed, upSampling, zeroPadded } from './shape-rules/windows.ts';

const same: ShapeRule = (_, shape) => shape;

/** Layers whose output has the shape of their input. */
const SAME = [
  'Activation',
  'AlphaDropout',
  'BatchNormalization',
  'Dropout',
  'ELU',
  'GaussianDropout',
  'GaussianNoise',
  'LayerNormalization',
  'LeakyReLU',
  'Masking',
  'PReLU',
  'ReLU',
  'Rescaling',
  'Softmax',
  'SpatialDropout1D',
  'SpatialDropout2D',
  'ThresholdedReLU',
];

const dense: ShapeRule = ({ config }, shape) =>
  typeof config.units === 'number' ? [...shape.slice(0, -1), config.units] : null;

function withChannels({ layout }: CallContext, shape: Shape, channels: unknown): OpenShape | null {
  return typeof channels === 'number' ? shapeWith(shape, layout, spatialOf(shape, layout), channels) : null;
}

const plainRules: Readonly<Record<string, ShapeRule>> = {
  ...Object.fromEntries(SAME.map((name) => [name, same])),
  Conv1D: convolution(1),
  Conv2D: convolution(2),
  Conv3D: convolution(3),
  SeparableConv2D: convolution(2),
  Conv2DTranspose: transposed(2),
  Conv3DTranspose: transposed(3),
  DepthwiseConv2D: depthwise,
  'SeparableConv2D/depthwise': depthwise,
  'SeparableConv2D/pointwise': (context, shape) => withChannels(context, shape, context.config.filters),
  Dense: dense,
  AveragePooling1D: pooling(1),
  AveragePooling2D: pooling(2),
  AveragePooling3D: pooling(3),
  MaxPooling1D: pooling(1),
  MaxPooling2D: pooling(2),
  MaxPooling3D: pooling(3),
  GlobalAveragePooling1D: globalPooling,
  GlobalAveragePooling2D: globalPooling,
  GlobalMaxPooling1D: globalPooling,
  GlobalMaxPooling2D: globalPooling,
  ZeroPadding2D: zeroPadded,
  Cropping2D: cropped,
  UpSampling2D: upSampling,
  Embedding: embedding,
  Flatten: flatten,
  GRU: recurrent,
  LSTM: recurrent,
  Permute: permute,
  RepeatVector: repeated,
  Reshape: reshape,
  SimpleRNN: recurrent,
};

const rules: Readonly<Record<string, ShapeRule>> = {
  ...plainRules,
  Bidirectional: bidirectional(plainRules),
  TimeDistributed: timeDistributed(plainRules),
};

/** Shape of a layer's output; null where it is not known. */
export function outputShape(context: CallContext): OpenShape | null {
  const [first, ...rest] = context.inputShapes;
  if (!first) return null;
  if (MERGES.has(context.className)) return rest.reduce<OpenShape | null>(broadcast, first);
  if (context.className === 'Concatenate') return concatenated(context);
  return Object.hasOwn(rules, context.className) ? rules[context.className]!(context, first) : null;
}
