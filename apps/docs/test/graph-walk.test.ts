/** Ways through a graph by keys, and what is said of its nodes. */
import { expect, test } from 'vitest';
import { layOut } from '../.vitepress/theme/playground/convert/lay-out.ts';
import { describeNode } from '../.vitepress/theme/playground/view/describe-node.ts';
import { walkOf } from '../.vitepress/theme/playground/view/walk.ts';

const plain = { detail: '', shape: '', kind: 'other' as const, region: -1, refusals: [], opens: [] };
const named = (name: string) => ({ ...plain, name, label: 'Op' });

/** An input, three branches of it, their sum, which reads the input too, and a node apart. */
const graph = layOut({
  nodes: ['in', 'a', 'b', 'c', 'sum', 'apart'].map(named),
  edges: [
    [0, 1],
    [0, 2],
    [0, 3],
    [0, 4],
    [1, 4],
    [2, 4],
    [3, 4],
  ],
});
const walk = walkOf(graph);
const press = (start: number, ...keys: string[]) => keys.reduce((at, key) => walk.next(at, key), start);

test('up and down follow lines; at an end they stay', () => {
  expect([1, 2, 3, 4]).toContain(press(0, 'ArrowDown'));
  expect(press(1, 'ArrowDown')).toBe(4);
  expect(press(1, 'ArrowUp')).toBe(0);
  expect(press(4, 'ArrowDown')).toBe(4);
  expect(press(0, 'ArrowUp')).toBe(0);
});

test('left and right go through the branches, in the order in which they stand', () => {
  const order = [1, 2, 3].sort((a, b) => graph.nodes[a]!.x - graph.nodes[b]!.x);
  expect(press(order[0]!, 'ArrowRight')).toBe(order[1]);
  expect(press(order[0]!, 'ArrowRight', 'ArrowRight')).toBe(order[2]);
  expect(press(order[2]!, 'ArrowLeft', 'ArrowLeft')).toBe(order[0]);
});

test('every node is reached, those that no line leads to as well', () => {
  expect(press(0, 'End')).toBe(5);
  expect(press(5, 'Home')).toBe(0);
  const all = Array.from({ length: 6 }, (_, count) => press(0, ...new Array<string>(count).fill('PageDown')));
  expect(all).toEqual([0, 1, 2, 3, 4, 5]);
  expect(press(5, 'PageDown', 'PageUp')).toBe(4);
  expect(press(5, 'ArrowLeft')).toBe(5);
  expect(press(2, 'x')).toBe(2);
});

test('an empty graph has no way', () => {
  expect(walkOf({ nodes: [], edges: [] }).next(0, 'ArrowDown')).toBe(0);
});

test('a node is said with its operator, name, shape and what happened to it', () => {
  const node = { ...graph.nodes[4]!, label: 'Conv', name: '/stem', detail: '3×3, 3 → 8', shape: '[1, 8, 4, 4]' };
  expect(describeNode({ ...node, region: 0 }, 4, walk, [])).toBe(
    'Conv 3×3, 3 → 8, /stem, shape [1, 8, 4, 4], merged, reads 4',
  );
  expect(describeNode({ ...node, refusals: [1], opens: ['If'] }, 4, walk, ['', 'border: why'])).toBe(
    'Conv 3×3, 3 → 8, /stem, shape [1, 8, 4, 4], refused, border: why, Enter opens it, reads 4',
  );
  const input = { ...graph.nodes[0]!, name: '', kind: 'end' as const, label: 'x', detail: '[1]', shape: '[1]' };
  expect(describeNode(input, 0, walk, [])).toBe('x [1], input, read by 4');
  const long = { ...node, label: 'A'.repeat(40), detail: '', shape: '' };
  const short = `${'A'.repeat(18)}…${'A'.repeat(8)}`;
  expect(describeNode(long, 4, walk, [])).toBe(`${short}, ${'A'.repeat(40)}, /stem, reads 4`);
});
