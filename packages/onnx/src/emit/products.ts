/** Writes convolutions, transposed convolutions and matrix products. */
import {
  arrayOf,
  groupedWeights,
  largestGroups,
  type Operator,
  simplify,
  swapChannels,
  tapCount,
  withoutCropping,
} from '@reparam/core';
import type { NodeWriter } from './writer.ts';

/** Conv with the smallest kernel that does. */
export function writeConv(writer: NodeWriter, input: string, operator: Operator): string {
  const values = arrayOf(writer.read(operator.weight));
  const written = withoutCropping(simplify({ ...operator, weight: values }));
  const groups = largestGroups(written);
  const { axes, outChannels, inChannels } = written;
  const kernel = axes.map((axis) => axis.kernel);
  const weight = writer.weights(
    'weight',
    [outChannels, inChannels / groups, ...kernel],
    groupedWeights(written, groups, writer.memo),
  );
  return writer.node('Conv', withBias(writer, [input, weight], operator), {
    dilations: axes.map((axis) => axis.dilation),
    group: { int: groups },
    kernel_shape: kernel,
    pads: [...axes.map((axis) => axis.padBegin), ...axes.map((axis) => axis.padEnd)],
    strides: axes.map((axis) => axis.stride),
  });
}

/** ConvTranspose; its weight lies input channels first, and end padding below zero is output padding. */
export function writeConvTranspose(writer: NodeWriter, input: string, operator: Operator, groups: number): string {
  const { axes, outChannels, inChannels } = operator;
  const kernel = axes.map((axis) => axis.kernel);
  const values = groupedWeights(operator, groups, writer.memo);
  const turned = swapChannels(values, groups, outChannels / groups, inChannels / groups, tapCount(axes));
  const weight = writer.weights('weight', [inChannels, outChannels / groups, ...kernel], turned);
  return writer.node('ConvTranspose', withBias(writer, [input, weight], operator), {
    dilations: axes.map((axis) => axis.dilation),
    group: { int: groups },
    kernel_shape: kernel,
    output_padding: axes.map((axis) => Math.max(0, -axis.padEnd)),
    pads: [...axes.map((axis) => axis.padBegin), ...axes.map((axis) => Math.max(0, axis.padEnd))],
    strides: axes.map((axis) => axis.stride),
  });
}

/** Gemm where there is a bias to carry, else MatMul. */
export function writeDense(writer: NodeWriter, input: string, operator: Operator): string {
  const { outChannels, inChannels, bias } = operator;
  const values = groupedWeights(operator, 1, writer.memo);
  if (bias) {
    const weight = writer.weights('weight', [outChannels, inChannels], values);
    const broadcast = writer.opset < 7 ? { broadcast: { int: 1 } } : {};
    return writer.node('Gemm', withBias(writer, [input, weight], operator), { ...broadcast, transB: { int: 1 } });
  }
  const weight = writer.weights(
    'weight',
    [inChannels, outChannels],
    swapChannels(values, 1, outChannels, inChannels, 1),
  );
  return writer.node('MatMul', [input, weight]);
}

function withBias(writer: NodeWriter, inputs: string[], { bias, outChannels }: Operator): string[] {
  return bias ? [...inputs, writer.weights('bias', [outChannels], writer.read(bias))] : inputs;
}
