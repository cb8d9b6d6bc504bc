/** Parts of the playground that need no page: addresses, the equivalent code, and where a graph is cut. */
import { describe, expect, test } from 'vitest';
import { cut, layOut } from '../.vitepress/theme/playground/convert/lay-out.ts';
import { apiCall, commandLine } from '../.vitepress/theme/playground/equivalent-code.ts';
import { formatHash, parseHash } from '../.vitepress/theme/playground/hash.ts';
import { remedy, sentence } from '../.vitepress/theme/playground/sentence.ts';
import { parseShapes, type Settings, standardSettings } from '../.vitepress/theme/playground/settings.ts';
import { findVisible } from '../.vitepress/theme/playground/view/visible-part.ts';

const unusual: Settings = {
  border: 'repair',
  keepNorm: true,
  freezeWeights: true,
  only: ['/stage1/*'],
  skip: ['Gemm', "it's"],
  shapes: { 'a=b': [1, 3, 8, 8] },
  proof: 'full',
  seed: 7,
};

describe('addresses', () => {
  test('settings survive; standard ones are not written', () => {
    const shared = { settings: unusual, sample: 'digits' };
    expect(parseHash(`#${formatHash(shared)}`)).toEqual(shared);
    expect(formatHash({ settings: standardSettings, sample: null })).toBe('');
  });

  test.each(['#proof=-1&seed=x&border=<b>&shape=x', '#', '#%E0%A4%A', '#seed=1e99&proof=0'])(
    '%s is standard',
    (hash) => {
      expect(parseHash(hash).settings).toEqual(standardSettings);
    },
  );

  test.each(['x', '=1', 'x=', 'x=1,,2', 'x=0', 'x=1.5', 'x=-1'])('"%s" is no shape', (text) => {
    expect(parseShapes(text)).toBeNull();
  });
});

describe('the same elsewhere', () => {
  test('a command quotes what a shell would read', () => {
    expect(commandLine("my $(rm) 'model'.onnx", unusual)).toBe(
      "npx reparam convert 'my $(rm) '\\''model'\\''.onnx' --border repair --keep norm --freeze-weights --only '/stage1/*' --skip Gemm --skip 'it'\\''s' --shape a=b=1,3,8,8 --proof full --seed 7",
    );
    expect(commandLine('-x.onnx', standardSettings)).toBe('npx reparam convert ./-x.onnx');
  });

  test('a call has the options that are not standard', () => {
    expect(apiCall('onnx', { ...standardSettings, skip: ['Gemm'] })).toContain('"skip": [\n    "Gemm"\n  ]');
    expect(apiCall('onnx', standardSettings)).toContain('reparameterize(source);');
  });
});

test('what reports say in clauses is shown in sentences', () => {
  expect(sentence('it reads "x"')).toBe('It reads "x".');
  expect(sentence('Relu stands before it.')).toBe('Relu stands before it.');
  expect(remedy('nothing to do: it is cheaper')).toBe('Nothing to do: it is cheaper.');
  expect(remedy('give it the shape [C, 1, 1]')).toBe('To do: give it the shape [C, 1, 1].');
  expect([sentence(''), remedy('')]).toEqual(['', '']);
});

describe('layout', () => {
  /** Blocks of two branches in a chain; the first value is read at the end too where `long`. */
  const chain = (blocks: number, long: boolean) => {
    const edges: [number, number][] = [];
    for (let block = 0; block < blocks; block++) {
      const start = 3 * block;
      edges.push([start, start + 1], [start, start + 2], [start + 1, start + 3], [start + 2, start + 3]);
    }
    if (long) edges.push([0, 3 * blocks]);
    const plain = {
      name: '',
      label: 'Conv',
      detail: '',
      shape: '',
      kind: 'linear' as const,
      region: -1,
      refusals: [],
      opens: [],
    };
    return { nodes: Array.from({ length: 3 * blocks + 1 }, () => plain), edges };
  };

  test('a graph is cut where it is one node wide, and nowhere that a line passes by', () => {
    const { nodes, edges } = chain(3, false);
    expect(cut(nodes.length, edges)).toEqual([
      [0, 1, 2, 3],
      [3, 4, 5, 6],
      [6, 7, 8, 9],
    ]);
    expect(cut(nodes.length, chain(3, true).edges)).toHaveLength(1);
  });

  test.each([true, false])('no two boxes overlap, and lines go down (long: %s)', (long) => {
    const drawn = layOut(chain(12, long));
    for (const [at, a] of drawn.nodes.entries())
      for (const b of drawn.nodes.slice(at + 1)) {
        const isApart =
          Math.abs(a.x - b.x) >= (a.width + b.width) / 2 || Math.abs(a.y - b.y) >= (a.height + b.height) / 2;
        expect(isApart).toBe(true);
      }
    for (const { points } of drawn.edges) expect(points.at(-1)).toBeGreaterThan(points[1]!);
    expect(drawn.edges.every(({ points }) => points.length >= 4)).toBe(true);
  });

  /** A chain, and a line from each fifth node of its first half to one of its second: nowhere one node wide. */
  const shortcuts = (count: number) => {
    const edges = Array.from({ length: count - 1 }, (_, at): [number, number] => [at, at + 1]);
    for (let at = 0; at < count / 2 - 1; at += 5) edges.push([at, count - 1 - at]);
    edges.sort((a, b) => a[1] - b[1] || a[0] - b[0]);
    return { nodes: Array.from({ length: count }, () => chain(0, false).nodes[0]!), edges };
  };
  const spread = (count: number) => {
    const inner = Array.from({ length: count - 2 }, (_, at) => at + 1);
    const edges = [
      ...inner.map((at): [number, number] => [0, at]),
      ...inner.map((at): [number, number] => [at, count - 1]),
    ];
    return { nodes: shortcuts(count).nodes, edges };
  };

  test.each([
    ['shortcuts', shortcuts(1000)],
    ['branches', spread(1600)],
  ])('%s of a thousand nodes and more are placed in a moment, and no two boxes overlap', (_, graph) => {
    const start = performance.now();
    const drawn = layOut(graph);
    expect(performance.now() - start).toBeLessThan(5000);
    const rows = new Map<number, { x: number; width: number }[]>();
    for (const { x, y, width } of drawn.nodes) rows.set(y, [...(rows.get(y) ?? []), { x, width }]);
    const sorted = [...rows].sort(([a], [b]) => a - b);
    for (const [index, [y]] of sorted.slice(1).entries()) expect(y - sorted[index]![0]).toBeGreaterThanOrEqual(26);
    for (const [, row] of sorted) {
      row.sort((a, b) => a.x - b.x);
      for (const [index, { x, width }] of row.slice(1).entries())
        expect(x - row[index]!.x).toBeGreaterThanOrEqual((width + row[index]!.width) / 2);
    }
    for (const { points } of drawn.edges) {
      expect(points.at(-1)).toBeGreaterThan(points[1]!);
      for (let at = 0; at < points.length; at += 2) expect(points[at]).toBeLessThanOrEqual(drawn.width);
    }
  });

  test('lines that pass many nodes at once are in lanes of their own', () => {
    const { nodes, edges } = layOut(shortcuts(600));
    const right = Math.max(...nodes.map(({ x, width }) => x + width / 2));
    const lanes = edges.filter(({ points }) => points.length > 4).map(({ points }) => points[2]!);
    expect(lanes).toHaveLength(60);
    expect(new Set(lanes).size).toBe(60);
    for (const x of lanes) expect(x).toBeGreaterThan(right);
  });

  test('what is out of view is not drawn', () => {
    const drawn = layOut(chain(200, false));
    const { nodes } = findVisible(drawn, { left: 0, right: 400, top: 1000, bottom: 1400 });
    expect(nodes.length).toBeGreaterThan(3);
    expect(nodes.length).toBeLessThan(40);
  });
});
