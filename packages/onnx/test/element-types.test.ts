/** Models in each float type: fused in that type, rounded once, to nearest even. Checked in float64, as the runtime lacks some. */
import { clearField, create, fromBinary, toBinary } from '@bufbuild/protobuf';
import { seededRandom } from '@reparam/core';
import { describe, expect, it } from 'vitest';
import { DataType } from '../src/elements/data-type.ts';
import { reparameterize } from '../src/index.ts';
import { openModel } from '../src/proto/model.ts';
import { bytesSource } from '../src/proto/source.ts';
import { array } from './evaluator/array.ts';
import { evaluateModel } from './evaluator/evaluate-model.ts';
import { GraphBuilder } from './graph-builder.ts';
import { fileOf, type TestGraph } from './graph-file.ts';
import { ModelProtoSchema, TensorProtoSchema } from './proto/gen/onnx_pb.js';
import { relativeError, signedValues } from './runtime.ts';

const { FLOAT, DOUBLE, FLOAT16, BFLOAT16 } = DataType;

/** Each type with its digits: a weight is off by half of the last one. */
const TYPES = [
  ['float32', FLOAT, 2 ** -24],
  ['float64', DOUBLE, 2 ** -53],
  ['float16', FLOAT16, 2 ** -11],
  ['bfloat16', BFLOAT16, 2 ** -8],
] as const;

function network(): TestGraph {
  const b = new GraphBuilder([1, 4, 6, 5]);
  const block = (value: string) => b.norm(b.add(b.conv(value, [3, 3]), b.conv(value, [1, 1]), value));
  const dense = b.node('MatMul', [b.relu(block(b.relu(block('x')))), b.constant([5, 3])]);
  return b.graph(b.node('Add', [dense, b.constant([3])]));
}

const open = (bytes: Uint8Array) => openModel(bytesSource(bytes));

describe.each(TYPES)('%s', (_, type, unit) => {
  const bytes = fileOf({ ...network(), type });

  it('is fused in its own type, and computes the same but for rounding', async () => {
    const { model, report } = await reparameterize(bytes);
    expect(report.after.operatorCounts.Conv).toBe(2);
    expect(report.after.operatorCounts.BatchNormalization).toBeUndefined();
    const { graph } = await open(model);
    for (const [name, tensor] of graph.initializers) expect(tensor.dataType, name).toBe(type);
    const input = signedValues([1, 4, 6, 5], 3);
    const x = array(input.dims, input.data);
    const [before, after] = [
      await evaluateModel(await open(bytes), { x }),
      await evaluateModel(await open(model), { x }),
    ];
    const [name] = Object.keys(before);
    const error = relativeError(after[name!]!, before[name!]!);
    expect(error).toBeLessThan(8 * unit);
    if (type !== DOUBLE) expect(error).toBeGreaterThan(0);
    for (const { rounding } of report.fusions) expect(rounding).toBeLessThanOrEqual(unit);
  });

  it('converts to the same from typed fields', async () => {
    const message = fromBinary(ModelProtoSchema, bytes);
    for (const tensor of message.graph!.initializer) {
      const raw = new Uint8Array(tensor.rawData);
      clearField(tensor, TensorProtoSchema.field.rawData);
      if (type === FLOAT) tensor.floatData = [...new Float32Array(raw.buffer)];
      else if (type === DOUBLE) tensor.doubleData = [...new Float64Array(raw.buffer)];
      else tensor.int32Data = [...new Uint16Array(raw.buffer)];
    }
    const typed = toBinary(ModelProtoSchema, create(ModelProtoSchema, message));
    const weights = async (file: Uint8Array) => {
      const { graph } = await open((await reparameterize(file)).model);
      return [...graph.initializers].map(([name, tensor]) => [name, [...tensor.values()]]);
    };
    expect(await weights(typed)).toEqual(await weights(bytes));
  });

  it('is not fused where a weight would overflow', async () => {
    const b = new GraphBuilder([1, 1, 2, 2]);
    const large = type === FLOAT16 ? 300 : type === DOUBLE ? 1e200 : 1e20;
    const conv = b.node('Conv', ['x', b.constant([1, 1, 1, 1], large)]);
    const graph = { ...b.graph(b.node('Mul', [conv, b.constant([1, 1, 1], large)])), type };
    const { model, report } = await reparameterize(fileOf(graph));
    const reason = type === DOUBLE ? 'not-a-number' : 'overflow';
    expect(report.refusals).toMatchObject([{ reason, hint: expect.stringMatching(/./) }]);
    expect(Buffer.compare(model, fileOf(graph))).toBe(0);
  });
});

/** The 16-bit float nearest to a number; of two that are as near, the one with an even last bit. By search among all of them. */
function nearestBits(value: number, decode: (bits: number) => number): number {
  let best = 0;
  for (let bits = 0; bits < 0x7f80; bits++) {
    const [distance, least] = [Math.abs(decode(bits) - Math.abs(value)), Math.abs(decode(best) - Math.abs(value))];
    if (distance < least || (distance === least && bits % 2 === 0)) best = bits;
  }
  return value < 0 ? best | 0x8000 : best;
}

function decodeBfloat16(bits: number): number {
  return new Float32Array(new Uint32Array([bits << 16]).buffer)[0]!;
}

it('a product of bfloat16 weights is rounded to nearest even', async () => {
  const random = seededRandom(5);
  const bfloat = () => decodeBfloat16(((random() < 0.5 ? 0x8000 : 0) | 0x3f00) + Math.floor(random() * 0x180));
  const count = 40;
  const [weights, factors] = [Array.from({ length: count }, bfloat), Array.from({ length: count }, bfloat)];
  // 1 + 2^-8 times 1 + 2^-7 and the like lie halfway between two of them.
  weights[0] = decodeBfloat16(0x3fc1);
  factors[0] = decodeBfloat16(0x3fc0);
  const b = new GraphBuilder([1, count, 2, 2]);
  const conv = b.node('Conv', ['x', b.constant([count, 1, 1, 1], weights)], { group: count });
  const graph = { ...b.graph(b.node('Mul', [conv, b.constant([count, 1, 1], factors)])), type: BFLOAT16 };
  const { model } = await reparameterize(fileOf(graph));
  const [fused] = [...(await open(model)).graph.initializers.values()];
  const bits = new Uint16Array(new Uint8Array(fused!.bytes()).buffer);
  const expected = weights.map((weight, place) => nearestBits(weight * factors[place]!, decodeBfloat16));
  expect([...bits]).toEqual(expected);
});

it.each([
  ['the bias to the bit', 0, 1],
  ['nearly the bias, as float32 would round it', 2 ** -30, 2],
])('in float64, a ring of %s', async (_, off, left) => {
  const b = new GraphBuilder([1, 1, 4, 4]);
  const conv = b.node('Conv', ['x', b.constant([1, 1, 1, 1], 0.7), b.constant([1], 0.3)]);
  const padded = b.node('Pad', [conv, b.list([0, 0, 1, 1, 0, 0, 1, 1]), b.constant([], 0.3 * (1 + off))]);
  const graph = { ...b.graph(b.node('Conv', [padded, b.constant([1, 1, 3, 3])])), type: DOUBLE };
  const { report } = await reparameterize(fileOf(graph));
  expect(report.after.operatorCounts.Conv).toBe(left);
});
