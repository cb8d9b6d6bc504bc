/** Maps of free size that are padded with a value per channel: a ring that holds a bias cancels what padding breaks, at every size. */
import { describe, expect, it } from 'vitest';
import { reparameterize } from '../../src/index.ts';
import { compareConverted } from '../differential.ts';
import { type Dims, GraphBuilder } from '../graph-builder.ts';
import { fileOf, type TestGraph } from '../graph-file.ts';
import { createSession, runSession, signedValues } from '../runtime.ts';
import { rangeOf, scalar, sizeOf } from './free-movements.ts';
import { freeRings, type Ring, type RingOptions } from './free-rings.ts';

const shift = [0.5, -1.25, 0, 2];

/** 1x1 with a bias -> ring -> unpadded kxk, beside a padded kxk: DBB's third branch. */
function branch(ring: Ring, dims: Dims, options: RingOptions = {}): TestGraph {
  const b = new GraphBuilder(dims);
  const kernel = 2 * (options.width ?? 1) + 1;
  const point = b.node('Conv', ['x', b.constant([4, 4, 1, 1]), b.constant([4], shift)], { kernel_shape: [1, 1] });
  const deep = b.conv(ring(b, point, shift, options), [kernel, kernel], { pads: 0 });
  return b.graph(b.add(deep, b.conv('x', [kernel, kernel])));
}

const free: Readonly<Record<string, Dims>> = {
  'the height': [1, 4, 'h', 6],
  'height and width': [2, 4, 'h', 'w'],
  'batch and one for both': ['n', 4, 's', 's'],
  'batch, height and width': ['n', 4, 'h', 'w'],
  'the batch': ['n', 4, 5, 6],
};

/** At sizes from 1 up. */
function runsOf(dims: Dims): Record<string, readonly number[]>[] {
  const sizes = [
    { n: 1, h: 1, w: 1, s: 1 },
    { n: 3, h: 2, w: 3, s: 2 },
    { n: 1, h: 7, w: 5, s: 6 },
  ];
  return sizes.map((known) => ({ x: dims.map((dim) => known[dim as keyof typeof known] ?? dim) as number[] }));
}

async function expectMerged(graph: TestGraph, dims: Dims): Promise<void> {
  const { report } = await reparameterize(fileOf(graph));
  expect(report.after.operatorCounts).toEqual({ Conv: 1 });
  for (const { error } of report.fusions) expect(error).toBeLessThan(1e-10);
  const runs = runsOf(dims);
  for (const run of runs) await runAt(graph, run.x!); // so that each is compared
  expect(await compareConverted({ graph, runs })).toEqual({ fusions: 1 });
}

async function runAt(graph: TestGraph, dims: readonly number[]): Promise<void> {
  const session = await createSession(fileOf(graph));
  await runSession(session, { x: signedValues(dims, 1) });
  await session.release();
}

describe.each(Object.entries(freeRings))('%s', (_, ring) => {
  it.each(Object.entries(free))('free: %s', async (_name, dims) => {
    await expectMerged(branch(ring, dims), dims);
  });
});

it.each(['ScatterND at all places', 'ScatterND at rows', 'Concat of expanded constants', 'Where inside'])(
  '%s: two wide',
  async (name) => {
    await expectMerged(
      branch(freeRings[name]!, free['batch, height and width']!, { width: 2 }),
      free['batch, height and width']!,
    );
  },
);

/** The ring and what follows stay; outputs are those of before at all sizes, whatever else merges. */
async function expectKept(graph: TestGraph, dims: Dims): Promise<void> {
  const { report } = await reparameterize(fileOf(graph));
  expect(report.after.operatorCounts.Conv).toBeGreaterThan(1);
  const { failure } = await compareConverted({ graph, runs: runsOf(dims) });
  expect(failure).toBeUndefined();
}

describe('what only looks like a ring that holds the bias stays', () => {
  const dims: Dims = ['n', 4, 'h', 'w'];
  const all = Object.keys(freeRings);

  it.each(all.slice(0, 3))('%s: another value in the first row', async (name) => {
    await expectKept(branch(freeRings[name]!, dims, { more: 0.25 }), dims);
  });

  it.each(all.filter((name) => name !== 'Concat of expanded constants'))('%s: a row too early', async (name) => {
    await expectKept(branch(freeRings[name]!, dims, { last: -2 }), dims);
  });

  it('a width that depends on the size', async () => {
    const ring: Ring = (b, x, values) => {
      const map = b.node('Pad', [x, b.list([0, 0, 1, 1, 0, 0, 1, 1])]);
      const size = sizeOf(b, map, 2);
      const half = b.node('Div', [size, scalar(b, 3)]);
      const range = rangeOf(b, map, 2);
      const isFirst = b.node('Reshape', [b.node('Less', [range, half]), b.list([1, 1, -1, 1])]);
      return b.node('Where', [isFirst, b.constant([1, 4, 1, 1], values), map]);
    };
    await expectKept(branch(ring, dims), dims);
  });

  it('an edge of the map itself, which meets the other edge where the map is small', async () => {
    const ring: Ring = (b, x, values) => {
      const inner = b.node('Pad', [x, b.list([0, 0, -2, -2, 0, 0, -2, -2])]);
      const map = freeRings['Where inside']!(b, inner, values, { width: 2 });
      return b.node('Pad', [map, b.list([0, 0, 1, 1, 0, 0, 1, 1])]);
    };
    await expectKept(branch(ring, dims), dims);
  });

  it('a corner: the place in a row depends on the row', async () => {
    const ring: Ring = (b, x, values) => {
      const map = b.node('Pad', [x, b.list([0, 0, 1, 1, 0, 0, 1, 1])]);
      const ranges = [2, 3].map((axis) => {
        const range = rangeOf(b, map, axis);
        return b.node('Reshape', [range, b.list(axis === 2 ? [1, 1, -1, 1] : [1, 1, 1, -1])]);
      });
      const isCorner = b.node('Less', [b.add(...ranges), scalar(b, 2)]);
      return b.node('Where', [isCorner, b.constant([1, 4, 1, 1], values), map]);
    };
    await expectKept(branch(ring, dims), dims);
  });

  it('a choice of channels whose number is free', async () => {
    const b = new GraphBuilder(['n', 's', 's', 'w']);
    const first = b.node('Slice', [b.relu('x'), b.list([0]), b.list([1]), b.list([1])]);
    const graph = b.graph(b.norm(b.node('Pad', [first, b.list([0, 0, 1, 1, 0, 0, 1, 1])]), 1));
    const runs = [1, 4].map((s) => ({ x: [1, s, s, 5] }));
    expect(await compareConverted({ graph, runs })).toEqual({ fusions: 0 });
  });

  it('a size that two axes share only by chance', async () => {
    const ring: Ring = (b, x, values) => {
      const map = b.node('Pad', [x, b.list([0, 0, 1, 1, 0, 0, 1, 1])]);
      const range = rangeOf(b, map, 2);
      const isLast = b.node('Equal', [range, b.node('Sub', [sizeOf(b, map, 3), scalar(b, 1)])]);
      const last = b.node('Reshape', [isLast, b.list([1, 1, -1, 1])]);
      return b.node('Where', [last, b.constant([1, 4, 1, 1], values), map]);
    };
    await expectKept(branch(ring, dims), dims);
  });
});
