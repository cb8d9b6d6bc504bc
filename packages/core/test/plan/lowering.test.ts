/** How forms are written: every value of a form must be in the steps, on every channel axis. */
import { describe, expect, test } from 'vitest';
import {
  add,
  arrayOf,
  averagePool,
  compose,
  conv,
  type Dialect,
  embed,
  type Operator,
  pad,
  scale,
  select,
  type ValueId,
} from '../../src/index.ts';
import { compareCosts } from '../../src/plan/cost.ts';
import { lowerAffine } from '../../src/plan/lower.ts';
import { GraphBuilder } from '../graph-builder.ts';
import { runAffine, runGraph, runLowering, tensorError } from '../run-graph.ts';
import { fuse } from './expect-plan.ts';

const wide = { kernel: 3, stride: 1, dilation: 1, padBegin: 2, padEnd: 2 };

/** Writes the sum of the terms and a bias; checks the steps against it. Returns their names. */
function lower(
  builder: GraphBuilder,
  shape: readonly number[],
  terms: Readonly<Record<string, readonly [Operator, ValueId]>>,
  dialect?: Dialect,
): string[] {
  const result = builder.source('result', shape);
  const affine = {
    axis: 1,
    terms: Object.values(terms).map(([operator, value]) => ({ operator, value })),
    bias: arrayOf(Float64Array.from({ length: shape[1]! }, (_, index) => index + 1)),
  };
  const graph = { ...builder.build(), ...(dialect && { dialect }) };
  const lowering = lowerAffine(graph, result, affine);
  const tensors = runGraph(graph, new Map(), 1)!;
  expect(tensorError(runLowering(lowering, 1, tensors), runAffine(affine, tensors))).toBeLessThan(1e-12);
  return lowering.steps.map((step) => step.op);
}

function start(...shape: (number | string)[]) {
  const builder = new GraphBuilder(51);
  return { builder, x: builder.input(...(shape.length > 0 ? shape : [1, 4, 5, 5])) };
}

describe('a bias is not lost', () => {
  test('beside a part of a concatenation that is only padded', () => {
    const { builder, x } = start();
    const y = builder.relu(x);
    const padded = { ...embed(8, 0, 4), axes: pad(4, [1, 1]).axes };
    const other = compose(embed(8, 4, 4), averagePool(4, [wide, wide]));
    const steps = lower(builder, [1, 8, 7, 7], { padded: [padded, x], other: [other, y] });
    expect(steps).toEqual(['window', 'shift', 'conv', 'concat']);
  });

  test('beside a part of a concatenation whose scale is 1 for every channel', () => {
    const { builder, x } = start();
    const y = builder.relu(x);
    const ones = { ...embed(8, 0, 4), weight: arrayOf(new Float64Array(4).fill(1)) };
    const steps = lower(builder, [1, 8, 5, 5], {
      ones: [ones, x],
      other: [compose(embed(8, 4, 4), scale(4, [1, 2, 3, 4])), y],
    });
    expect(steps).toEqual(['shift', 'affine', 'concat']);
  });

  test('after a matrix product of rank 3, which has none of its own', () => {
    const { builder, x } = start(1, 5, 4);
    const shifted = builder.shift(builder.matmul(x, 3), 1);
    builder.keep(builder.scale(shifted, 2));
    expect(fuse(builder)).toMatchObject({ steps: [['dense', 'shift']] });
  });
});

describe('selections that are no plain slice are products on their own axis', () => {
  test('a slice of rows placed among others', () => {
    const { builder, x } = start('N', 6);
    const part = builder.slice(x, 1, 2);
    builder.keep(builder.add(part, part));
    expect(fuse(builder).steps.flat()).not.toContain('conv');
  });

  test('on the last axis of a rank-3 value', () => {
    const { builder, x } = start(1, 5, 6);
    const part = builder.slice(builder.gather(x, [3, 1, 2, 0], 2), 0, 2, 2);
    builder.keep(builder.concat([part, builder.scale(part, 3)], 2));
    expect(fuse(builder).steps.flat()).not.toContain('conv');
  });
});

describe('groups that no operator of the framework has', () => {
  const weight = Float64Array.from({ length: 6 * 2 * 9 }, (_, index) => Math.sin(index));
  const shape = { outChannels: 6, inChannels: 4, groups: 2, kernel: [3, 3], padBegin: [1, 1] };
  const plain: Dialect = {
    groups: () => 1,
    holdsPadding: () => true,
    holdsBias: () => true,
    slicesChannels: () => true,
  };
  const stepsWith = (change: Partial<Dialect>) => {
    const { builder, x } = start();
    return lower(builder, [1, 6, 5, 5], { grouped: [conv({ weight, ...shape }), x] }, { ...plain, ...change });
  };

  test('are written each on its slice', () => {
    expect(stepsWith({})).toEqual(['slice', 'conv', 'slice', 'conv', 'concat']);
  });

  test('are one dense operator where nothing slices, and stay one where it has groups', () => {
    expect(stepsWith({ slicesChannels: () => false })).toEqual(['conv']);
    expect(stepsWith({ groups: (_, groups) => groups })).toEqual(['conv']);
  });

  test('are written in as few parts as is cheapest with what parts cost', () => {
    const { builder, x } = start(1, 16, 5, 5);
    const groups = { outChannels: 16, inChannels: 16, groups: 8 };
    const own = conv({ weight: weight.slice(0, 32), ...groups });
    const dense = 16 * 16; // multiply-adds at each position
    const convolutions = [0, dense / 20, dense / 7, dense / 4].map((macs) => {
      const steps = lower(builder, [1, 16, 5, 5], { own: [own, x] }, { ...plain, partMacs: () => macs });
      return steps.filter((op) => op === 'conv').length;
    });
    expect(convolutions).toEqual([8, 4, 2, 1]);
  });

  test('that multiply by zeros read one channel', () => {
    const { builder, x } = start(1, 6, 5, 5);
    const [first, last] = [0, 4].map((at) => {
      const own = conv({
        weight: weight.slice(0, 36),
        outChannels: 2,
        inChannels: 2,
        kernel: [3, 3],
        padBegin: [1, 1],
      });
      return compose(embed(6, at, 2), compose(own, select(6, at, 2)));
    });
    const operator = add(first!, last!);
    expect(lower(builder, [1, 6, 5, 5], { own: [operator, x] }, plain)).toHaveLength(7);
  });
});

describe('terms that cancel out are dropped', () => {
  test('x - x + conv(y)', () => {
    const { builder, x } = start();
    const y = builder.relu(x);
    const difference = builder.subtract(builder.scale(y, -1), builder.scale(y, -1));
    builder.keep(builder.add(builder.conv(x), difference));
    const fused = fuse(builder);
    expect(fused).toMatchObject({ steps: [['conv']], left: 1 });
  });
});

test('a factor and a shift in one operator cost less than two, unless the framework takes as long for it', () => {
  const { builder, x } = start();
  const shape = builder.build().values[x]!.shape;
  const result = builder.source('result', shape);
  const terms = [{ operator: scale(4, [1, 2, 3, 4]), value: x }];
  const bias = arrayOf(Float64Array.of(1, 2, 3, 4));
  const plain: Dialect = {
    groups: () => 1,
    holdsPadding: () => true,
    holdsBias: () => true,
    slicesChannels: () => true,
  };
  const [one, two, pair] = [
    plain,
    { ...plain, affineLastsAsTwo: true as const },
    { ...plain, holdsBias: () => false },
  ].map((dialect) => lowerAffine({ ...builder.build(), dialect }, result, { axis: 1, terms, bias }));
  expect([one, two, pair].map((lowering) => lowering!.steps.map(({ op }) => op))).toEqual([
    ['affine'],
    ['affine'],
    ['scale', 'shift'],
  ]);
  expect(compareCosts(one!.cost, pair!.cost)).toBeLessThan(0);
  expect(two!.cost).toEqual(pair!.cost);
});

describe('a sum of pointwise products of different maps', () => {
  const sumOf = (count: number, kernel: number) => {
    const { builder, x } = start();
    const maps = Array.from({ length: count }, () => builder.relu(x));
    const weight = (place: number) =>
      Float64Array.from({ length: 12 * kernel ** 2 }, (_, index) => Math.sin(index + place));
    const [size, pads] = [
      [kernel, kernel],
      [(kernel - 1) / 2, (kernel - 1) / 2],
    ];
    const product = (place: number) =>
      conv({ weight: weight(place), outChannels: 3, inChannels: 4, kernel: size, padBegin: pads });
    const terms = maps.map((map, place) => [place, [product(place), map]] as const);
    return lower(builder, [1, 3, 5, 5], Object.fromEntries(terms));
  };

  test('is one product of all of them, where they are three or more', () => {
    expect(sumOf(4, 1)).toEqual(['concat', 'conv']);
    expect(sumOf(2, 1)).toEqual(['conv', 'conv', 'add']);
  });

  test('but not of windows', () => expect(sumOf(3, 3)).toEqual(['conv', 'conv', 'conv', 'add', 'add']));
});
