/** Convolutions, poolings and matrix products, plain and fused. */
import type { AttributeValue } from '../graph-builder.ts';
import { channels, type GraphSketch, type Maker, rank4 } from './sketch.ts';

/** Output size and attributes of a random window over two axes. */
function window(sketch: GraphSketch, dims: readonly number[], dilates: boolean) {
  const kernel = [1, 2].map((axis) => sketch.int(1, Math.min(4, dims[axis]!)));
  const strided = sketch.chance(0.25);
  const stride = strided ? sketch.int(1, 2) : 1;
  const dilation = dilates && !strided && sketch.chance(0.2) ? 2 : 1;
  const reach = kernel.map((size) => dilation * (size - 1));
  const padding = sketch.pick(['SAME', 'SAME', 'VALID', 'EXPLICIT']);
  const pads = reach.map(() => (padding === 'EXPLICIT' ? [sketch.int(0, 2), sketch.int(0, 2)] : [0, 0]));
  const sizes = reach.map((span, axis) => {
    const size = dims[axis + 1]!;
    if (padding === 'SAME') return Math.ceil(size / stride);
    return Math.floor((size + pads[axis]![0]! + pads[axis]![1]! - span - 1) / stride) + 1;
  });
  const attributes: Record<string, AttributeValue> = {
    padding,
    strides: [1, stride, stride, 1],
    dilations: [1, dilation, dilation, 1],
    data_format: 'NHWC',
    ...(padding === 'EXPLICIT' && { explicit_paddings: [0, 0, ...pads.flat(), 0, 0] }),
  };
  return sizes.every((size) => size >= 1) ? { kernel, sizes, attributes } : null;
}

/** Attributes and constants of a fused form; none for a plain one. */
function fuse(sketch: GraphSketch, outputs: number) {
  if (sketch.chance(0.5)) return null;
  const bias = sketch.chance(0.8);
  const activation = sketch.pick(['', '', 'Relu', 'Relu6', 'Elu', 'Prelu', 'LeakyRelu']);
  const inputs = [
    ...(bias ? [sketch.floats([outputs])] : []),
    ...(activation === 'Prelu' ? [sketch.floats([outputs])] : []),
  ];
  const names = [bias ? 'BiasAdd' : 'NoOp', ...(activation === '' ? [] : [activation])];
  return { inputs, attributes: { fused_ops: names, num_args: inputs.length, leakyrelu_alpha: 0.3 } };
}

export const convolution: Maker = (sketch) => {
  const value = sketch.value(rank4);
  const found = value && window(sketch, value.dims, true);
  if (!found) return false;
  const depthwise = sketch.chance(0.3);
  const multiplier = sketch.pick([1, 1, 2]);
  const own = channels(value);
  const outputs = depthwise ? own * multiplier : sketch.chance(0.6) ? own : sketch.int(1, 4);
  const filter = sketch.floats([...found.kernel, own, depthwise ? multiplier : outputs]);
  const fused = fuse(sketch, outputs);
  const [plain, form] = depthwise
    ? ['DepthwiseConv2dNative', 'FusedDepthwiseConv2dNative']
    : ['Conv2D', '_FusedConv2D'];
  const dims = [value.dims[0]!, ...found.sizes, outputs];
  const attributes = { ...found.attributes, ...fused?.attributes };
  sketch.make(fused ? form : plain, [value.name, filter, ...(fused?.inputs ?? [])], dims, attributes);
  return true;
};

export const pooling: Maker = (sketch) => {
  const value = sketch.value(rank4);
  const found = value && window(sketch, value.dims, false);
  if (!found || found.attributes.padding === 'EXPLICIT') return false;
  const { dilations: _, ...attributes } = found.attributes;
  const op = sketch.pick(['AvgPool', 'AvgPool', 'MaxPool']);
  sketch.make(op, [value.name], [value.dims[0]!, ...found.sizes, channels(value)], {
    ...attributes,
    ksize: [1, ...found.kernel, 1],
  });
  return true;
};

export const matrix: Maker = (sketch) => {
  const value = sketch.value();
  if (!value || value.dims.length === 1 || value.dims.length > 4) return false;
  const outputs = sketch.int(1, 4);
  const turned = sketch.chance(0.3);
  const shape = turned ? [outputs, channels(value)] : [channels(value), outputs];
  const dims = [...value.dims.slice(0, -1), outputs];
  if (value.dims.length > 2) {
    const ones = new Array<number>(value.dims.length - 2).fill(1);
    sketch.make('BatchMatMulV2', [value.name, sketch.floats([...ones, ...shape])], dims, {
      adj_x: false,
      adj_y: turned,
    });
    return true;
  }
  const fused = fuse(sketch, outputs);
  const attributes = { transpose_a: false, transpose_b: turned, ...fused?.attributes };
  sketch.make(
    fused ? '_FusedMatMul' : 'MatMul',
    [value.name, sketch.floats(shape), ...(fused?.inputs ?? [])],
    dims,
    attributes,
  );
  return true;
};
