/** Parts of the playground that need no page: addresses, the equivalent code, and where a graph is cut. */
import { describe, expect, test } from 'vitest';
import { cut, layOut } from '../.vitepress/theme/playground/convert/lay-out.ts';
import { apiCall, commandLine } from '../.vitepress/theme/playground/equivalent-code.ts';
import { formatHash, parseHash } from '../.vitepress/theme/playground/hash.ts';
import { parseShapes, type Settings, standardSettings } from '../.vitepress/theme/playground/settings.ts';
import { findVisible } from '../.vitepress/theme/playground/view/visible-part.ts';

const unusual: Settings = {
  border: 'repair',
  keepNorm: true,
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
      "npx reparam convert 'my $(rm) '\\''model'\\''.onnx' --border repair --keep norm --only '/stage1/*' --skip Gemm --skip 'it'\\''s' --shape a=b=1,3,8,8 --proof full --seed 7",
    );
    expect(commandLine('-x.onnx', standardSettings)).toBe('npx reparam convert ./-x.onnx');
  });

  test('a call has the options that are not standard', () => {
    expect(apiCall('onnx', { ...standardSettings, skip: ['Gemm'] })).toContain('"skip": [\n    "Gemm"\n  ]');
    expect(apiCall('onnx', standardSettings)).toContain('reparameterize(source);');
  });
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

  test('what is out of view is not drawn', () => {
    const drawn = layOut(chain(200, false));
    const { nodes } = findVisible(drawn, { left: 0, right: 400, top: 1000, bottom: 1400 });
    expect(nodes.length).toBeGreaterThan(3);
    expect(nodes.length).toBeLessThan(40);
  });
});
