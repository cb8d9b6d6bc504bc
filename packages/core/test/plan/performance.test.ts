/** Planning takes time in proportion to the model, whatever its shape. Limits are wide: they catch explosions, not slow machines. */
import { describe, expect, test } from 'vitest';
import {
  add,
  batchNorm,
  compose,
  constantArray,
  convOf,
  identity,
  largestGroups,
  type Operator,
  planGraph,
  type ValueId,
} from '../../src/index.ts';
import { explainPlan } from '../../src/plan/explain.ts';
import { batchNormFrom } from '../arbitraries.ts';
import { GraphBuilder } from '../graph-builder.ts';
import { unloadWeights } from './lazy-graph.ts';

/** Seconds that no machine takes, unless the work explodes. */
const EXPLOSION = 30;

function secondsFor(work: () => void): number {
  const start = performance.now();
  work();
  return (performance.now() - start) / 1000;
}

describe('planning is fast for', () => {
  test('500 blocks of 3x3 + 1x1 + skip with batch norms (3500 values)', () => {
    const builder = new GraphBuilder(1);
    let x = builder.input(1, 4, 'H', 'W');
    for (let block = 0; block < 500; block++) {
      const three = builder.batchNorm(builder.conv(x, { kernel: 3 }));
      const one = builder.batchNorm(builder.conv(x));
      x = builder.relu(builder.add(builder.add(three, one), builder.batchNorm(x)));
    }
    builder.keep(x);
    const graph = builder.build();
    let rewrites = 0;
    expect(secondsFor(() => (rewrites = planGraph(graph).rewrites.length))).toBeLessThan(EXPLOSION);
    expect(rewrites).toBe(500);
  });

  test('the same with weights that are not loaded, and its explanation', () => {
    const builder = new GraphBuilder(1);
    let x = builder.input(1, 4, 'H', 'W');
    for (let block = 0; block < 200; block++) {
      const three = builder.batchNorm(builder.conv(x, { kernel: 3 }));
      x = builder.relu(builder.add(three, builder.batchNorm(builder.conv(x))));
    }
    builder.keep(x);
    const { graph } = unloadWeights(builder.build());
    expect(secondsFor(() => explainPlan(graph, planGraph(graph)))).toBeLessThan(EXPLOSION);
  });

  test('a chain of 200 batch norms', () => {
    const builder = new GraphBuilder(2);
    let x = builder.input(1, 4, 'H', 'W');
    for (let i = 0; i < 200; i++) x = builder.batchNorm(x);
    builder.keep(x);
    expect(secondsFor(() => planGraph(builder.build()))).toBeLessThan(EXPLOSION);
  });

  test('a chain of 200 padded 3x3 convolutions, of which none fuse', () => {
    const builder = new GraphBuilder(3);
    let x = builder.input(1, 4, 'H', 'W');
    for (let i = 0; i < 200; i++) x = builder.conv(x, { kernel: 3, bias: true });
    builder.keep(x);
    expect(secondsFor(() => planGraph(builder.build()))).toBeLessThan(EXPLOSION);
  });

  test('a chain of 200 unpadded 3x3 convolutions, which could fuse, but would be dearer', () => {
    const builder = new GraphBuilder(3);
    let x = builder.input(1, 4, 'H', 'W');
    for (let i = 0; i < 200; i++) x = builder.conv(x, { kernel: 3, padding: 0, groups: 4 });
    builder.keep(x);
    expect(secondsFor(() => planGraph(builder.build()))).toBeLessThan(EXPLOSION);
  });

  test('200 residual blocks without activations: x + conv(x)', () => {
    const builder = new GraphBuilder(4);
    let x = builder.input(1, 4, 'H', 'W');
    for (let i = 0; i < 200; i++) x = builder.add(x, builder.conv(x, { kernel: 3, bias: true }));
    builder.keep(x);
    expect(secondsFor(() => planGraph(builder.build()))).toBeLessThan(EXPLOSION);
  });

  test('a diamond of 40 branches', () => {
    const builder = new GraphBuilder(5);
    const x = builder.input(1, 4, 'H', 'W');
    const branches = Array.from({ length: 40 }, () => builder.batchNorm(builder.conv(x, { kernel: 3 })));
    builder.keep(builder.add(...branches));
    let rewrites = 0;
    expect(secondsFor(() => (rewrites = planGraph(builder.build()).rewrites.length))).toBeLessThan(EXPLOSION);
    expect(rewrites).toBe(1);
  });

  test('a diamond of 40 branches that do not merge', () => {
    const builder = new GraphBuilder(6);
    const x = builder.input(1, 8, 'H', 'W');
    const branches = Array.from({ length: 40 }, (_, index) =>
      index % 2 === 0 ? builder.depthwise(x, { kernel: 7, bias: true }) : builder.conv(x, { bias: true }),
    );
    builder.keep(builder.add(...branches));
    expect(secondsFor(() => planGraph(builder.build()))).toBeLessThan(EXPLOSION);
  });

  test.each([
    ['of branches that merge', 3],
    ['of branches that do not merge', 7],
  ])('24 diamonds in a row, %s', (_, kernel) => {
    const builder = new GraphBuilder(7);
    let x: ValueId = builder.input(1, 8, 'H', 'W');
    for (let i = 0; i < 24; i++) {
      x = builder.add(builder.depthwise(x, { kernel, padding: (kernel - 1) / 2 }), builder.conv(x));
    }
    builder.keep(x);
    expect(secondsFor(() => planGraph(builder.build()))).toBeLessThan(EXPLOSION);
  });

  test('24 unpadded diamonds in a row, of a depthwise 7x7 and a dense 1x1 on the cropped input', () => {
    const builder = new GraphBuilder(7);
    let x: ValueId = builder.input(1, 8, 'H', 'W');
    for (let i = 0; i < 24; i++) {
      const dense = builder.conv(builder.pad(x, [-3, -3]), { bias: true });
      x = builder.add(builder.depthwise(x, { kernel: 7, padding: 0 }), dense);
    }
    builder.keep(x);
    expect(secondsFor(() => planGraph(builder.build()))).toBeLessThan(EXPLOSION);
  });

  test('24 diamonds of strided views in a row, whose terms never add up', () => {
    const builder = new GraphBuilder(7);
    let x: ValueId = builder.input(1, 8, 64, 64);
    for (let i = 0; i < 24; i++) {
      const moved = builder.pad(x, [1, 1], [-1, -1]);
      const back = builder.pad(x, [-1, -1], [1, 1]);
      x = builder.add(builder.scale(moved, 2), builder.scale(back, 3));
    }
    builder.keep(x);
    expect(secondsFor(() => planGraph(builder.build()))).toBeLessThan(EXPLOSION);
  });

  test('24 pointwise diamonds in a row on channels last, dense and low-rank', () => {
    const builder = new GraphBuilder(8);
    let x: ValueId = builder.input(1, 'T', 16);
    for (let i = 0; i < 24; i++) x = builder.add(x, builder.matmul(builder.matmul(x, 2), 16));
    builder.keep(x);
    expect(secondsFor(() => planGraph(builder.build()))).toBeLessThan(EXPLOSION);
  });

  test('a dense block: 24 layers, each reads the concatenation of all before it', () => {
    const builder = new GraphBuilder(9);
    const parts: ValueId[] = [builder.input(1, 4, 'H', 'W')];
    for (let i = 0; i < 24; i++) {
      const all = parts.length === 1 ? parts[0]! : builder.concat(parts);
      parts.push(builder.relu(builder.conv(builder.batchNorm(all), { kernel: 1, out: 4 })));
    }
    builder.keep(builder.concat(parts));
    expect(secondsFor(() => planGraph(builder.build()))).toBeLessThan(EXPLOSION);
  });

  test('a shuffle of 512 channels: gathers of single channels', () => {
    const builder = new GraphBuilder(10);
    const x = builder.input(1, 512, 'H', 'W');
    const order = Array.from({ length: 512 }, (_, c) => (c % 2) * 256 + Math.floor(c / 2));
    let value = builder.depthwise(x, { kernel: 3 });
    for (let i = 0; i < 4; i++) value = builder.batchNorm(builder.gather(value, order));
    builder.keep(value);
    expect(secondsFor(() => planGraph(builder.build()))).toBeLessThan(EXPLOSION);
  });
});

describe('supports of 2048 channels are fast', () => {
  const channels = 2048;
  const depthwise = (kernel: number): Operator => {
    const axes = [1, 2].map(() => ({
      kernel,
      stride: 1,
      dilation: 1,
      padBegin: (kernel - 1) / 2,
      padEnd: (kernel - 1) / 2,
    }));
    const shape = { outChannels: channels, inChannels: channels, groups: channels, axes };
    return convOf(constantArray(channels * kernel * kernel, 0.5), null, shape);
  };

  test('composing, adding and finding the groups of depthwise operators, a hundred times', () => {
    const norm = batchNorm(batchNormFrom(channels, 1));
    const parts = [depthwise(7), depthwise(3)];
    const seconds = secondsFor(() => {
      for (let i = 0; i < 100; i++) {
        const sum = add(compose(norm, parts[0]!), compose(norm, parts[1]!), identity(channels));
        expect(sum.support.length).toBe(1);
        if (largestGroups(sum) !== channels) throw new Error('lost its groups');
      }
    });
    expect(seconds).toBeLessThan(EXPLOSION);
  });
});
