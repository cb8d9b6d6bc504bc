/** Simulated quantization, against its definition and against what outputs lose by it. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  type Affine,
  arrayOf,
  type Graph,
  groupedWeights,
  type Operator,
  planGraph,
  readArray,
  ShapeError,
  seededRandom,
  type ValueId,
} from '../src/index.ts';
import { isPointwise } from '../src/operator.ts';
import { measureFusion, measureOperator, measureSpread, quantizeWeights } from '../src/quantize/index.ts';
import { isDiagonal } from '../src/support.ts';
import { runs, seeds, signedValues } from './arbitraries.ts';
import { GraphBuilder } from './graph-builder.ts';
import { runGraph } from './run-graph.ts';

describe('quantizeWeights', () => {
  test('rounds to multiples of the largest magnitude over 127, by tensor or by channel', () => {
    fc.assert(
      fc.property(seeds, fc.integer({ min: 1, max: 5 }), fc.integer({ min: 1, max: 9 }), (seed, channels, length) => {
        const weights = signedValues(channels * length, seed).map(
          (value, index) => value * (1 + Math.floor(index / length)),
        );
        for (const perChannel of [false, true]) {
          const quantized = quantizeWeights(weights, channels, { perChannel });
          for (let c = 0; c < channels; c++) {
            const own = perChannel ? weights.subarray(c * length, (c + 1) * length) : weights;
            const step = Math.max(...own.map(Math.abs)) / 127;
            for (let i = c * length; i < (c + 1) * length; i++) {
              expect(Math.abs(quantized[i]! - weights[i]!)).toBeLessThanOrEqual(step / 2 + 1e-15);
              const level = step === 0 ? 0 : quantized[i]! / step;
              expect(Math.abs(level - Math.round(level))).toBeLessThan(1e-9);
              expect(Math.abs(level)).toBeLessThan(127.001);
            }
          }
        }
      }),
      runs(100),
    );
  });

  test('rounds halves to even, as runtimes do', () => {
    expect([...quantizeWeights([127, 0.5, 1.5, -0.5, -2.5], 1)]).toEqual([127, 0, 2, -0, -2]);
    expect([...quantizeWeights([7, 3.4], 1, { bits: 4 })]).toEqual([7, 3]);
  });

  test('refuses what has no channels or bits', () => {
    expect(() => quantizeWeights([1, 2, 3], 2)).toThrow(ShapeError);
    expect(() => quantizeWeights([1, 2], 2, { bits: 1 })).toThrow(/found 1, expected/);
  });
});

test('spread: equal channels of normal weights, one wide channel, one weight far out', () => {
  const random = seededRandom(3);
  const normal = () => Array.from({ length: 12 }, random).reduce((sum, value) => sum + value, -6);
  const weights = Float64Array.from({ length: 64 * 64 }, normal);
  const plain = measureSpread(weights, 64);
  expect(plain.kurtosis).toBeGreaterThan(2.7);
  expect(plain.kurtosis).toBeLessThan(3.1);
  expect(plain.rangeRatio).toBeLessThan(2);
  expect(plain.outliers).toBeLessThan(0.001);
  const wide = measureSpread(
    weights.map((value, index) => (index < 64 ? 20 * value : value)),
    64,
  );
  expect(wide.rangeRatio).toBeGreaterThan(15);
  expect(wide.kurtosis).toBeGreaterThan(20);
  const far = measureSpread(
    weights.map((value, index) => (index === 99 ? 50 : value)),
    64,
  );
  expect(far.outliers).toBeGreaterThan(0);
});

/** The graph with the weights of its products rounded, one tensor at a time, as a runtime would run it. */
function quantized(graph: Graph, perChannel: boolean, only?: ReadonlySet<ValueId>): Graph {
  const round = (operator: Operator): Operator => {
    const isScale = isPointwise(operator) && isDiagonal(operator.support);
    if (isScale || operator.weight.constant !== undefined) return operator;
    const values = quantizeWeights(readArray(operator.weight), operator.outChannels, { perChannel });
    return { ...operator, weight: arrayOf(values) };
  };
  return {
    values: graph.values.map((value, id) => ({
      ...value,
      definitions: value.definitions.map((affine): Affine => {
        if (only && !only.has(id)) return affine;
        return { ...affine, terms: affine.terms.map((term) => ({ ...term, operator: round(term.operator) })) };
      }),
    })),
  };
}

/** Signal to noise of a value's outputs for random inputs, biases aside. */
function outputRatio(exact: Graph, rounded: Graph, value: ValueId): number {
  const [a, b] = [exact, rounded].map((graph) => runGraph(withoutBias(graph), new Map(), 5)![value]!.data);
  const energy = (values: ArrayLike<number>) => Array.from(values).reduce((sum, x) => sum + x * x, 0);
  return 10 * Math.log10(energy(a!) / energy(a!.map((x, i) => x - b![i]!)));
}

function withoutBias(graph: Graph): Graph {
  const values = graph.values.map((value) => ({
    ...value,
    definitions: value.definitions.map((affine): Affine => ({ ...affine, bias: null })),
  }));
  return { values };
}

/** The rewrite's value computed by its new form. */
function fusedGraph(graph: Graph, value: ValueId, affine: Affine): Graph {
  return { values: graph.values.map((old, id) => (id === value ? { ...old, definitions: [affine] } : old)) };
}

const builders: Readonly<Record<string, (b: GraphBuilder, x: ValueId) => ValueId>> = {
  repvgg: (b, x) => b.add(b.batchNorm(b.conv(x, { kernel: 3 })), b.batchNorm(b.conv(x)), b.batchNorm(x)),
  grouped: (b, x) => b.batchNorm(b.add(b.conv(x, { kernel: 3, groups: 4 }), b.conv(x, { groups: 2 }))),
  depthwise: (b, x) => b.add(b.batchNorm(b.depthwise(x, { kernel: 7 })), b.depthwise(x, { kernel: 3, dilation: 2 })),
  lora: (b, x) => b.add(b.conv(x, { kernel: 3 }), b.conv(b.conv(x, { out: 2 }), { out: 8, kernel: 3 })),
  narrow: (b, x) => b.batchNorm(b.batchNorm(b.conv(x, { kernel: 3, out: 5 }))),
};

describe('measureFusion', () => {
  test.each(Object.keys(builders))('%s: says what outputs lose, before and after', (name) => {
    const b = new GraphBuilder(7);
    const x = b.input(1, 8, 22, 22);
    b.keep(builders[name]!(b, x));
    const graph = b.build();
    const [rewrite, ...others] = planGraph(graph).rewrites;
    expect(others).toEqual([]);
    const { value, affine, absorbed } = rewrite!;
    const { before, after, keptNorm } = measureFusion(graph, rewrite!)!;
    for (const perChannel of [false, true]) {
      const key = perChannel ? 'perChannel' : 'perTensor';
      const old = outputRatio(graph, quantized(graph, perChannel, new Set(absorbed)), value);
      const fused = fusedGraph(graph, value, affine);
      const now = outputRatio(fused, quantized(fused, perChannel, new Set([value])), value);
      // Inputs are random, and the border reads fewer taps.
      expect(Math.abs(before![key] - old)).toBeLessThan(0.8);
      expect(Math.abs(after![key] - now)).toBeLessThan(0.8);
    }
    expect(before!.perTensor).toBeGreaterThan(20);
    expect(after!.perChannel).toBeGreaterThanOrEqual(after!.perTensor - 0.1);
    expect(after!.worstChannel).toBeLessThanOrEqual(after!.perTensor);
    expect(keptNorm).toBe(null);
  });

  test('channels that a normalization scales far apart lose by one scale for all, not by their own, nor where it is kept', () => {
    const b = new GraphBuilder(3);
    const x = b.input(1, 8, 12, 12);
    const factors = Float64Array.from({ length: 8 }, (_, c) => 4 ** -c);
    const sum = b.add(b.conv(x, { kernel: 3 }), b.conv(x));
    const out = b.keep(
      b.batchNorm(sum, { mean: new Float64Array(8), variance: factors.map((t) => t ** -2), epsilon: 0 }),
    );
    const graph = b.build();
    const [rewrite] = planGraph(graph).rewrites;
    const { before, after, keptNorm } = measureFusion(graph, { ...rewrite!, lastNorm: out })!;
    expect(after!.rangeRatio).toBeGreaterThan(30);
    expect(after!.worstChannel).toBeLessThan(before!.worstChannel - 20);
    expect(after!.perChannel).toBeGreaterThan(40);
    expect(keptNorm!.worstChannel).toBeGreaterThan(35);
  });

  test('what has no weights of its own has no quality', () => {
    const b = new GraphBuilder(3);
    const x = b.input(1, 8, 12, 12);
    b.keep(b.batchNorm(b.batchNorm(x)));
    const graph = b.build();
    const [rewrite] = planGraph(graph).rewrites;
    expect(measureFusion(graph, rewrite!)).toEqual({ before: null, after: null, keptNorm: null });
  });

  test('one operator alone, and one without any error', () => {
    const b = new GraphBuilder(3);
    const x = b.input(1, 4, 12, 12);
    const value = b.conv(x, { kernel: 3 });
    const { operator } = b.build().values[value]!.definitions[0]!.terms[0]!;
    const weights = Float64Array.from(groupedWeights(operator, 1));
    const rounded = quantizeWeights(weights, 4);
    const noise = weights.reduce((sum, value, index) => sum + (value - rounded[index]!) ** 2, 0);
    const signal = weights.reduce((sum, value) => sum + value ** 2, 0);
    expect(measureOperator(operator)!.perTensor).toBeCloseTo(10 * Math.log10(signal / noise), 9);
    const exact = { ...operator, weight: arrayOf(weights.map((value) => (value < 0 ? -1 : 1))) };
    expect(measureOperator(exact)!.perTensor).toBe(Number.POSITIVE_INFINITY);
  });
});
