/** Writes a trainable block as ONNX nodes. */
import { conv as liftConv, pointAxis } from '@reparam/core';
import type { ConvWeights, NormWeights, TrainBlock, TrainLayer } from '@reparam/core/expand';
import { type Frame, writeStep } from '../emit/steps.ts';
import type { NodeWriter } from '../emit/writer.ts';

/** Names of tensors begin with the branch's. Returns the output's name. */
export function writeBlock(writer: NodeWriter, { branches }: TrainBlock, input: string, frame: Frame): string {
  const outputs = branches.map(({ name, layers }) =>
    layers.reduce(
      (value, layer) => writeLayer(writer, layer, branches.length > 1 ? `${name}.` : '', value, frame),
      input,
    ),
  );
  return outputs.slice(1).reduce((sum, output) => writer.node('Add', [sum, output]), outputs[0]!);
}

function writeLayer(writer: NodeWriter, layer: TrainLayer, prefix: string, input: string, frame: Frame): string {
  if ('norm' in layer) return writeNorm(writer, layer.norm, prefix, input);
  return frame.axis === 1 && frame.rank > 2
    ? writeConv(writer, layer.conv, prefix, input, frame)
    : writeDense(writer, layer.conv, input, frame);
}

/** As the layer says: never trimmed, since its zeros may be trained. Padding below zero crops the input before. */
function writeConv(writer: NodeWriter, conv: ConvWeights, prefix: string, input: string, frame: Frame): string {
  const { weight, bias, outChannels, inChannels, groups, kernel, padBegin, padEnd } = conv;
  const crops = kernel.map((_, index) => ({
    ...pointAxis,
    padBegin: Math.min(0, padBegin[index]!),
    padEnd: Math.min(0, padEnd[index]!),
  }));
  const cropped = crops.some((axis) => axis.padBegin < 0 || axis.padEnd < 0)
    ? writeStep(writer, { op: 'window', input: { value: 0 }, axes: crops }, () => input, frame)
    : input;
  const inputs = [
    cropped,
    writer.weights(`${prefix}weight`, [outChannels, inChannels / groups, ...kernel], Float64Array.from(weight)),
  ];
  if (bias) inputs.push(writer.weights(`${prefix}bias`, [outChannels], Float64Array.from(bias)));
  return writer.node('Conv', inputs, {
    dilations: conv.dilation,
    group: { int: groups },
    kernel_shape: kernel,
    pads: [...padBegin, ...padEnd].map((pad) => Math.max(0, pad)),
    strides: conv.stride,
  });
}

function writeDense(writer: NodeWriter, conv: ConvWeights, input: string, frame: Frame): string {
  const operator = liftConv(conv);
  const step = { op: 'dense', input: { value: 0 }, groups: 1 } as const;
  if (!operator.bias || frame.rank === 2) return writeStep(writer, { ...step, operator }, () => input, frame);
  const product = writeStep(writer, { ...step, operator: { ...operator, bias: null } }, () => input, frame);
  return writeStep(writer, { op: 'shift', input: { value: 0 }, shift: operator.bias }, () => product, frame);
}

function writeNorm(writer: NodeWriter, norm: NormWeights, prefix: string, input: string): string {
  const { gamma, beta, mean, variance, epsilon } = norm;
  const parameters = Object.entries({ scale: gamma, shift: beta, mean, variance }).map(([role, values]) =>
    writer.weights(`${prefix}norm.${role}`, [values.length], Float64Array.from(values)),
  );
  return writer.node('BatchNormalization', [input, ...parameters], { epsilon: { float: epsilon } });
}
