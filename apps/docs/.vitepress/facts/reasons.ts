/** What each reason of a refusal means, what lifts it, and where the guide explains it. The type makes the list complete. */
import type { RefusalReason } from '@reparam/core';

export interface Explanation {
  readonly meaning: string;
  readonly remedy: string;
  /** Page that explains it. */
  readonly link?: string;
}

export const REASONS: Readonly<Record<RefusalReason, Explanation>> = {
  'activation-between': {
    meaning:
      'A non-linear operator stands between two linear ones, or on one branch only. No linear operator equals them for every input.',
    remedy:
      'None at conversion. Train without it there, or with a LeakyReLU whose slope is driven to 1, as VanillaNet does.',
    link: '/guide/limits#an-activation-between',
  },
  'axis-mismatch': {
    meaning:
      'Two operators act on different axes: a batch norm on axis 1 behind a product on the last axis, with nothing that moves one to the other.',
    remedy: 'Keep the channels on one axis, or move them by a Reshape or Transpose whose sizes are known.',
    link: '/guide/laws/movements',
  },
  border: {
    meaning:
      'A shift would be read by zero padding, or a padded window follows one that reads past its own output. At the border the merged operator would give something else.',
    remedy:
      'Allow a repair with `--border repair`; or train with the padding in the first window, or without a shift before it.',
    link: '/guide/laws/border',
  },
  broadcast: {
    meaning:
      'The two inputs of an Add or Mul have, or may have, different shapes, or a constant lies along another axis than the channels. That is broadcasting, not addition of two maps.',
    remedy:
      'Give a per-channel constant the shape [C, 1, 1]. Declare input shapes where the sizes are equal but unknown.',
    link: '/guide/limits#broadcasting-that-looks-like-addition',
  },
  costlier: {
    meaning:
      'Merging would be exact, but takes as many multiply-adds or more, more operators, or more bytes than it saves.',
    remedy: 'Nothing to do: the model is cheaper as it is.',
    link: '/guide/choosing',
  },
  'custom-operator': {
    meaning: 'An operator of another domain stands there, of which nothing is known, whatever its name is.',
    remedy: 'Export it as standard operators.',
  },
  'different-inputs': {
    meaning: 'The branches of a sum start from different values. Operators add up only on one value.',
    remedy: 'None at conversion: it is a sum of two paths, not a block of branches.',
    link: '/guide/laws/parallel-branches',
  },
  'excluded-by-option': {
    meaning: 'It was asked to be left alone, by `--only`, `--skip` or `--keep`.',
    remedy: 'Drop that option.',
  },
  'excluded-padding': {
    meaning:
      'The average leaves its padding out, or a last window hangs over the end (ceil_mode), so windows at the border divide by fewer elements.',
    remedy: 'Pool with count_include_pad=1, without padding, or with ceil_mode=0.',
    link: '/guide/laws/average-pooling',
  },
  'graph-input': {
    meaning: 'A scale or shift comes first of all, on a graph input, and nothing behind it takes it in.',
    remedy: 'Nothing to do: only an operator behind it could absorb it, and none does.',
  },
  idiom: {
    meaning:
      'It is a constant factor inside a GELU, which runtimes recognise and run as one operator. Moving the factor would break their pattern.',
    remedy: 'Nothing to do: the model is faster as it is.',
    link: '/guide/choosing',
  },
  'no-branch': {
    meaning:
      'Of `expand`: the layer is too small for a second branch of that block, for instance a 1×1 kernel with different channel counts for RepVGG.',
    remedy: 'Choose another block for it, or leave it as it is.',
    link: '/guide/way-back',
  },
  'normalized-already': {
    meaning: 'Of `insert-norm`: a batch norm stands behind the layer already.',
    remedy: 'Nothing to do.',
    link: '/guide/way-back',
  },
  'not-a-number': {
    meaning: 'A constant factor, or a merged weight, is infinite or not a number.',
    remedy: 'Check the weights for zeros that are divided by, for NaN and for infinities.',
  },
  'not-constant': {
    meaning:
      'A weight, a bias or a statistic is computed from the input, or by an operator that nothing at hand evaluates.',
    remedy:
      'Only constants merge. If it does not depend on the input, install ONNX Runtime, or give the option runtime.',
    link: '/guide/laws/computed-weights',
  },
  'not-implemented': {
    meaning: 'The merged form needs a node that the target format can not express in that place.',
    remedy: 'Report it with the model: the nodes are left as they are.',
  },
  'not-linear': {
    meaning:
      'Two values that both depend on the input are multiplied or divided (attention, gating), or a Cast rounds between them.',
    remedy: 'None for a product. Export the model in one element type where a Cast is the cause.',
    link: '/guide/limits',
  },
  overflow: {
    meaning: "A merged weight is beyond the range of the model's type, such as 65,504 in float16.",
    remedy: 'Convert the float32 model and reduce its precision afterwards.',
    link: '/exactness/numerics',
  },
  overridable: {
    meaning: 'The weight is an initializer that is also a graph input, so whoever runs the model may replace it.',
    remedy: 'Export with keep_initializers_as_inputs=False, or remove the weights from the graph inputs.',
  },
  'padding-value': {
    meaning: 'A Pad that is not zero: reflect, edge, wrap, or a constant other than 0.',
    remedy: 'Only zero padding is part of a convolution.',
    link: '/guide/laws/one-operator',
  },
  'proof-failed': {
    meaning:
      'The replay of the merged operator differed from the nodes it replaces by more than 1e-10. The nodes stay.',
    remedy: 'Report it with the model: it is a fault of the converter.',
    link: '/exactness/proof',
  },
  quantized: {
    meaning: 'The value stands behind DequantizeLinear or before QuantizeLinear. Merging would change what is rounded.',
    remedy: 'Convert the float model first and quantize the result.',
    link: '/recipes/quantize',
  },
  shared: {
    meaning:
      'Of TensorFlow.js: a layer that is called more than once, and not with the same layers around it each time. Its weights serve several places.',
    remedy: 'Give each place a layer of its own.',
  },
  'size-depends-on-input': {
    meaning:
      'A shape, the number of channels, or padding that follows from a size (auto_pad at a stride) is not known.',
    remedy: 'Declare the input with `--shape`, run shape inference, or export with fixed sizes and explicit pads.',
    link: '/guide/laws/strides-and-sizes',
  },
  'size-mismatch': {
    meaning: 'The outputs of two branches have different sizes, or sizes that agree only for some inputs.',
    remedy: 'Declare the input size, or export with a fixed one.',
    link: '/guide/laws/strides-and-sizes',
  },
  'stride-mismatch': {
    meaning: 'The branches have different strides, so they read different positions.',
    remedy: 'None: only branches of equal stride add up.',
    link: '/guide/laws/strides-and-sizes',
  },
  'subgraph-border': {
    meaning:
      'An If, Loop, Scan or a function of the model stands there. Nothing merges across its border; inside it, everything does.',
    remedy:
      'Inline functions (onnx.inliner), or trace the model with the branch or the number of steps that is deployed.',
  },
  'training-mode': {
    meaning: 'The batch norm computes the statistics of its input, or the dropout drops.',
    remedy: 'Call model.eval() before exporting.',
    link: '/guide/limits#batch-norm-in-training-mode',
  },
  transposed: {
    meaning: 'A transposed convolution next to one with a kernel, or two transposed ones of different geometry.',
    remedy: 'Only scales, shifts and 1×1 operators merge with a transposed convolution, and equal geometries add up.',
    link: '/guide/laws/transposed-convolution',
  },
};
