/** What int8 leaves of weights: as ONNX Runtime computes with rounded ones, before and after fusing. */
import { readFileSync } from 'node:fs';
import { listFixtures } from '@reparam/testing';
import { describe, expect, it } from 'vitest';
import { reparameterize } from '../src/index.ts';
import { openModel } from '../src/proto/model.ts';
import { bytesSource } from '../src/proto/source.ts';
import { measureQuantization } from '../src/quantization/index.ts';
import { GraphBuilder } from './graph-builder.ts';
import { fileOf } from './graph-file.ts';
import { createSession, runSession, signedValues } from './runtime.ts';

/** Weights as constants, or rounded by the runtime's own QuantizeLinear. */
type Rounding = 'none' | 'tensor' | 'channel';

/** A block whose normalization scales each channel by another factor. */
function block(rounding: Rounding, factors: readonly number[]): Uint8Array {
  const b = new GraphBuilder([1, 8, 30, 30]);
  const conv = (kernel: number, seed: number) => {
    const weights = Array.from(signedValues([8 * 8 * kernel * kernel], seed).data);
    const attributes = { kernel_shape: [kernel, kernel], pads: new Array<number>(4).fill((kernel - 1) / 2) };
    return b.node('Conv', ['x', rounded(b, [8, 8, kernel, kernel], weights, rounding)], attributes);
  };
  const zeros = b.constant([8], 0);
  const norm = [b.constant([8], factors), zeros, zeros, b.constant([8], 1)];
  return fileOf(
    b.graph(b.node('BatchNormalization', [b.add(conv(3, 5), conv(1, 6)), ...norm], { epsilon: { float: 0 } })),
  );
}

function rounded(b: GraphBuilder, dims: readonly number[], weights: readonly number[], rounding: Rounding): string {
  const constant = b.constant(dims, weights);
  if (rounding === 'none') return constant;
  const length = weights.length / dims[0]!;
  const ranges = Array.from({ length: dims[0]! }, (_, c) =>
    Math.max(...weights.slice(c * length, (c + 1) * length).map(Math.abs)),
  );
  const scales = rounding === 'channel' ? ranges.map((range) => range / 127) : [Math.max(...ranges) / 127];
  const perChannel = rounding === 'channel';
  const scale = b.constant(perChannel ? [scales.length] : [], scales);
  const zero = b.node('Cast', [b.constant(perChannel ? [scales.length] : [], 0)], { to: 3 });
  const parameters = [scale, zero];
  const axis = perChannel ? { axis: 0 } : {};
  const levels = b.node('QuantizeLinear', [constant, ...parameters], axis);
  return b.node('DequantizeLinear', [levels, ...parameters], axis);
}

/** The model's only conv with its weights rounded by the runtime. */
async function withRoundedWeights(bytes: Uint8Array, rounding: Rounding): Promise<Uint8Array> {
  const { graph } = await openModel(bytesSource(bytes));
  const node = graph.nodes.find(({ opType }) => opType === 'Conv')!;
  const { dims, ...tensor } = graph.initializers.get(node.inputs[1]!)!;
  const b = new GraphBuilder([1, 8, 30, 30]);
  const weights = Array.from(graph.initializers.get(tensor.name)!.values());
  const pads = node.attribute('pads')!.ints!;
  return fileOf(
    b.graph(b.node('Conv', ['x', rounded(b, dims, weights, rounding)], { kernel_shape: dims.slice(2), pads })),
  );
}

async function ratioOf(exact: Uint8Array, other: Uint8Array): Promise<number> {
  const outputs: ArrayLike<number>[] = [];
  for (const bytes of [exact, other]) {
    const session = await createSession(bytes);
    outputs.push((await runSession(session, { x: signedValues([1, 8, 30, 30], 9) }))[session.outputNames[0]!]!.data);
    await session.release();
  }
  const [a, b] = outputs.map((data) => Array.from(data));
  const energy = (values: readonly number[]) => values.reduce((sum, value) => sum + value * value, 0);
  return 10 * Math.log10(energy(a!) / energy(a!.map((value, index) => value - b![index]!)));
}

const EVEN = [1, 1.1, 0.9, 1, 1.2, 0.8, 1, 1];
const UNEVEN = [1, 0.3, 0.1, 0.03, 0.01, 0.003, 0.001, 0.0003];

describe('measureQuantization', () => {
  it.each([EVEN, UNEVEN])('predicts what the runtime loses by rounded weights: %j', async (...factors) => {
    const exact = block('none', factors);
    const [layer] = (await measureQuantization(exact)).layers;
    const { before, after, merged } = layer!;
    expect(merged).toBe(4);
    const { model } = await reparameterize(exact);
    for (const [key, rounding] of [
      ['perTensor', 'tensor'],
      ['perChannel', 'channel'],
    ] as const) {
      // One random input at a finite size: within a decibel.
      expect(Math.abs((await ratioOf(exact, block(rounding, factors))) - before![key])).toBeLessThan(1);
      expect(Math.abs((await ratioOf(exact, await withRoundedWeights(model, rounding))) - after[key])).toBeLessThan(1);
    }
  });

  it('warns where a fused layer quantizes worse, and says by how much each remedy helps', async () => {
    const [layer] = (await measureQuantization(block('none', UNEVEN))).layers;
    const { before, after, keptNorm, advice } = layer!;
    expect(after.worstChannel).toBeLessThan(before!.worstChannel - 20);
    expect(after.rangeRatio).toBeGreaterThan(50);
    expect(advice).toMatch(
      /one int8 scale .* \d+\.\d dB before fusing .*: quantize per channel .*--keep norm .*QARepVGG/,
    );
    expect(keptNorm!.worstChannel).toBeGreaterThan(30);
    const [even] = (await measureQuantization(block('none', EVEN))).layers;
    expect(even!.advice).toBe(null);
  });

  it('a kernel whose centre grows by the branches that are added to it loses by one scale for all', async () => {
    const b = new GraphBuilder([1, 8, 9, 9]);
    const small = b.node('Conv', ['x', b.constant([8, 8, 3, 3])], { kernel_shape: [3, 3], pads: [1, 1, 1, 1] });
    const point = b.node('Mul', [b.node('Conv', ['x', b.constant([8, 8, 1, 1])]), b.constant([], 0.01)]);
    const bytes = fileOf(b.graph(b.relu(b.add(b.node('Mul', [small, b.constant([], 0.05)]), 'x', point))));
    const [layer] = (await measureQuantization(bytes)).layers;
    const { before, after, advice } = layer!;
    expect(after.kurtosis).toBeGreaterThan(10);
    expect(after.perTensor).toBeLessThan(before!.perTensor);
    expect(advice === null || /dB/.test(advice)).toBe(true);
  });

  it('lists what stays as well, follows options, and leaves the model alone', async () => {
    const b = new GraphBuilder([1, 4, 7, 6]);
    const first = b.relu(b.norm(b.conv('x', [3, 3])));
    const bytes = fileOf(b.graph(b.relu(b.conv(first, [1, 1]))));
    const { layers } = await measureQuantization(bytes);
    expect(layers.map(({ opType, merged }) => [opType, merged])).toEqual([
      ['Conv', 2],
      ['Conv', 0],
    ]);
    expect(layers[1]!.before).toBe(null);
    const kept = await measureQuantization(bytes, { keep: ['norm'] });
    expect(kept.layers.map(({ merged, keptNorm }) => [merged, keptNorm])).toEqual([
      [0, null],
      [0, null],
    ]);
    expect((await measureQuantization(bytes, { skip: ['*'] })).layers.map(({ merged }) => merged)).toEqual([0, 0]);
  });

  it.each(['repvgg', 'qarepvgg', 'mobileone', 'fastvit', 'lora', 'levit', 'acnet-crop', 'dbb'])('%s', async (name) => {
    const { path } = listFixtures()
      .find((fixture) => fixture.name === name)!
      .train.find((file) => file.path !== null)!;
    const bytes = new Uint8Array(readFileSync(path!));
    const { layers } = await measureQuantization(bytes);
    const { report } = await reparameterize(bytes, { dryRun: true });
    const { Conv = 0, Gemm = 0 } = report.after.operatorCounts;
    expect(layers.length).toBeGreaterThanOrEqual(Conv + Gemm);
    for (const { before, after } of layers) {
      for (const quality of [before, after]) {
        if (!quality) continue;
        expect(quality.perTensor).toBeGreaterThan(10);
        expect(quality.worstChannel).toBeLessThanOrEqual(quality.perTensor + 1e-9);
      }
    }
    expect(layers.some(({ before }) => before !== null)).toBe(true);
  });
});
