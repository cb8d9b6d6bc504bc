/** Shifts that padding reads: left alone, cancelled by a ring that holds them, or repaired with a map. */
import { describe, expect, it } from 'vitest';
import { reparameterize } from '../../src/index.ts';
import { expectFused, expectLeftAlone } from '../claims.ts';
import { compareConverted } from '../differential.ts';
import { type Dims, GraphBuilder } from '../graph-builder.ts';
import { fileOf, type TestGraph } from '../graph-file.ts';
import { createSession, relativeError, runSession, signedValues } from '../runtime.ts';

const around = [0, 0, 1, 1, 0, 0, 1, 1];
const shift = [0.5, -1.25, 0, 2];

type Ring = (b: GraphBuilder, x: string, values: readonly number[]) => string;

/** The ways exporters write a map that is padded with one value per channel. */
const rings: Readonly<Record<string, Ring>> = {
  'Pad and Where': (b, x, values) => {
    const inside = b.constant(
      [1, 1, 9, 8],
      [...Array(72).keys()].map((p) => (isInside(p) ? 1 : 0)),
    );
    const mask = b.node('Cast', [inside], { to: 9 });
    return b.node('Where', [mask, b.node('Pad', [x, b.list(around)]), b.constant([1, 4, 1, 1], values)]);
  },
  'Slice, Expand and Concat': (b, x, values) => {
    const column = b.node('Expand', [b.constant([1, 4, 1, 1], values), b.list([1, 4, 7, 1])]);
    const row = b.node('Expand', [b.constant([1, 4, 1, 1], values), b.list([1, 4, 1, 8])]);
    return b.node('Concat', [row, b.node('Concat', [column, x, column], { axis: 3 }), row], { axis: 2 });
  },
  'Pad and ScatterND': (b, x, values) => {
    const places = [...Array(72).keys()].filter((p) => !isInside(p)).flatMap((p) => [Math.floor(p / 8), p % 8]);
    const turned = b.node('Transpose', [b.node('Pad', [x, b.list(around)])], { perm: [2, 3, 0, 1] });
    const count = places.length / 2;
    const updates = b.node('Expand', [b.constant([1, 1, 4], values), b.list([count, 1, 4])]);
    const indices = b.node('Reshape', [b.list(places), b.list([count, 2])]);
    return b.node('Transpose', [b.node('ScatterND', [turned, indices, updates])], { perm: [2, 3, 0, 1] });
  },
};

function isInside(position: number): boolean {
  const [row, column] = [Math.floor(position / 8), position % 8];
  return row >= 1 && row <= 7 && column >= 1 && column <= 6;
}

/** 1x1 with a bias -> ring -> unpadded 3x3, beside a padded 3x3: DBB's third branch. */
function branch(ring: Ring, values: readonly number[]): TestGraph {
  const b = new GraphBuilder();
  const point = b.node('Conv', ['x', b.constant([4, 4, 1, 1]), b.constant([4], shift)], { kernel_shape: [1, 1] });
  return b.graph(b.add(b.conv(ring(b, point, values), [3, 3], { pads: 0 }), b.conv('x', [3, 3])));
}

describe('a ring that holds the bias', () => {
  for (const [name, ring] of Object.entries(rings)) {
    it(`${name}: one convolution`, async () => {
      const graph = branch(ring, shift);
      await expectFused(graph, 1, { Conv: 1 });
    });

    it(`${name}: of another value stays`, async () => {
      const graph = branch(ring, [0.5, -1.25, 0.01, 2]);
      const { report } = await reparameterize(fileOf(graph));
      expect(report.after.operatorCounts).toMatchObject({ Conv: 3 });
      expect(await compareConverted({ graph, runs: [{ x: [1, 4, 7, 6] }] })).toHaveProperty('fusions');
    });
  }

  it('that float32 has rounded counts as the bias, and the report says so', async () => {
    const rounded = shift.map((value) => value + value * 2 ** -24);
    const { report } = await reparameterize(fileOf(branch(rings['Pad and Where']!, rounded)));
    expect(report.fusions).toHaveLength(1);
  });
});

/** Branches of BatchNormalization -> padded 3x3. */
function normFirst(dims: Dims, branches: number): TestGraph {
  const b = new GraphBuilder(dims);
  return b.graph(b.add(...Array.from({ length: branches }, () => b.conv(b.norm('x'), [3, 3]))));
}

async function difference(graph: TestGraph, dims: readonly number[]): Promise<number> {
  const bytes = fileOf(graph);
  const { model } = await reparameterize(bytes, { border: 'repair' });
  const inputs = { x: signedValues(dims, 3) };
  const [first, second] = [await createSession(bytes), await createSession(model)];
  const [expected, actual] = [await runSession(first, inputs), await runSession(second, inputs)];
  const [name] = first.outputNames as [string];
  return relativeError(actual[name]!, expected[name]!);
}

describe('border: repair', () => {
  it('makes one convolution and one map of norms before padded convolutions', async () => {
    const graph = normFirst([2, 4, 7, 6], 3);
    const { report } = await reparameterize(fileOf(graph), { border: 'repair' });
    expect(report.after.operatorCounts).toEqual({ Add: 1, Conv: 1 });
    expect(report.fusions.every(({ error }) => error < 1e-10)).toBe(true);
    expect(await difference(graph, [2, 4, 7, 6])).toBeLessThan(1e-5);
  });

  it('is not the default', () => expectLeftAlone(normFirst([2, 4, 7, 6], 3), 'border'));

  it('leaves one norm before one convolution where it is: a map costs as much', async () => {
    const { report } = await reparameterize(fileOf(normFirst([1, 4, 7, 6], 1)), { border: 'repair' });
    expect(report.fusions).toEqual([]);
    expect(report.refusals.map(({ reason }) => reason)).toContain('costlier');
  });

  it('makes a map where a free size is declared', async () => {
    const fixed = await reparameterize(fileOf(normFirst(['n', 4, 'h', 'w'], 3)), {
      border: 'repair',
      shapes: { x: [1, 4, 9, 9] },
    });
    expect(fixed.report.after.operatorCounts).toEqual({ Add: 1, Conv: 1 });
  });

  describe.each([8, 11, 17])('at free sizes, opset %i', (opset) => {
    const dims: Dims = ['n', 4, 'h', 'w'];
    const sizes = [
      [1, 4, 1, 1],
      [3, 4, 2, 3],
      [1, 4, 7, 5],
    ];
    const blocks: Readonly<Record<string, (b: GraphBuilder) => string>> = {
      'norms before 3x3': (b) => b.add(...[1, 2, 3].map(() => b.conv(b.norm('x'), [3, 3]))),
      'of stride 2 and other kernels': (b) =>
        b.add(b.conv(b.norm('x'), [3, 3], { stride: 2 }), b.conv(b.norm('x'), [5, 5], { stride: 2 })),
      'a shift before a 3x3 beside a 3x3': (b) => b.add(b.conv(b.norm('x'), [3, 3]), b.conv('x', [3, 3])),
    };
    it.each(Object.entries(blocks))('%s become one convolution that reads a channel of ones', async (_, block) => {
      const b = new GraphBuilder(dims, opset);
      const graph = b.graph(block(b));
      const { model, report } = await reparameterize(fileOf(graph), { border: 'repair' });
      expect(report.after.operatorCounts).toEqual({ Conv: 1, Pad: 1 });
      expect(report.fusions.every(({ error }) => error < 1e-10)).toBe(true);
      for (const size of sizes) expect(await difference(graph, size)).toBeLessThan(1e-5);
      const second = await reparameterize(model, { border: 'repair' });
      expect(Buffer.compare(second.model, model)).toBe(0);
    });
  });

  it('at free sizes, what would cost more stays, and says so', async () => {
    for (const options of [{}, { group: 4 }]) {
      const b = new GraphBuilder(['n', 4, 'h', 'w']);
      const branches = [1, 2].map(() => b.conv(b.norm('x'), [3, 3], options));
      const graph = b.graph(options.group ? b.add(...branches) : branches[0]!);
      const { report } = await reparameterize(fileOf(graph), { border: 'repair' });
      expect(report.fusions).toEqual([]);
      expect(report.refusals.map(({ reason }) => reason)).toContain('costlier');
    }
  });

  it('takes a convolution behind padding with a value', async () => {
    const b = new GraphBuilder();
    const padded = b.node('Pad', ['x', b.list(around), b.constant([], 0.75)]);
    const graph = b.graph(b.add(b.conv(padded, [3, 3], { pads: 0 }), b.conv('x', [3, 3])));
    const { report } = await reparameterize(fileOf(graph), { border: 'repair' });
    expect(report.after.operatorCounts).toEqual({ Add: 1, Conv: 1 });
    expect(await difference(graph, [1, 4, 7, 6])).toBeLessThan(1e-5);
  });

  it('1x1 with a bias -> padded 3x3, beside another', async () => {
    const b = new GraphBuilder();
    const graph = b.graph(b.add(b.conv(b.conv('x', [1, 1]), [3, 3]), b.conv('x', [3, 3])));
    const { report } = await reparameterize(fileOf(graph), { border: 'repair' });
    expect(report.after.operatorCounts).toEqual({ Add: 1, Conv: 1 });
    expect(await difference(graph, [1, 4, 7, 6])).toBeLessThan(1e-5);
  });
});
