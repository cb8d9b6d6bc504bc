/** Fusions of several rounds, from the nodes of the first model to those of the last. */
import { describe, expect, test } from 'vitest';
import { type Amount, type Fusion, nodeKey } from '../src/convert/index.ts';
import { joinFusions } from '../src/rounds/index.ts';

const conv = (name: string) => ({ name, opType: 'Conv' });
const amount = (operators: number): Amount => ({ macs: 10 * operators, parameters: 100 * operators, operators });
const fusion = (name: string, nodes: readonly string[], into: readonly string[]): Fusion => ({
  ...{ name, nodes: nodes.map(conv), into: into.map(conv) },
  ...{ before: amount(nodes.length), after: amount(into.length) },
  ...{ error: 0, rounding: 0, proof: { channels: 1, totalChannels: 1 } },
});
const gone = (...nodes: readonly string[]) => new Map(nodes.map((name) => [nodeKey(conv(name)), amount(1)]));
const names = (nodes: Fusion['nodes']) => nodes.map(({ name }) => name);

describe('rounds', () => {
  const first = [fusion('p', ['a', 'b'], ['c']), fusion('q', ['d', 'e'], ['f', 'i'])];

  test('a fusion that goes on with two others is one with them', () => {
    const last = { ...fusion('r', ['c', 'f', 'g'], ['h']), error: 1e-12, rounded: true as const };
    const [joined, ...others] = joinFusions(first, [last], gone('c', 'f'));
    expect(others).toEqual([]);
    expect(joined!.name).toBe('r');
    expect(names(joined!.nodes)).toEqual(['a', 'b', 'd', 'e', 'g']);
    expect(names(joined!.into)).toEqual(['i', 'h']);
    expect([joined!.before, joined!.after]).toEqual([amount(5), amount(2)]);
    expect([joined!.error, joined!.rounded]).toEqual([1e-12, true]);
  });

  test('fusions apart stay apart, and in order', () => {
    const joined = joinFusions(first, [fusion('r', ['x'], ['y'])], gone());
    expect(joined.map(({ name }) => name)).toEqual(['p', 'q', 'r']);
  });

  test('nodes that nothing reads any more stand for nothing', () => {
    const [, second] = joinFusions(first, [], gone('i'));
    expect(names(second!.into)).toEqual(['f']);
    expect(second!.after).toEqual(amount(1));
  });

  test('two that go on with one are one with it, and what both took counts once', () => {
    const round = [fusion('r', ['f', 'g'], ['h']), fusion('s', ['f', 'k'], ['l'])];
    const [, joined, ...others] = joinFusions(first, round, gone('f'));
    expect(others).toEqual([]);
    expect(names(joined!.nodes)).toEqual(['d', 'e', 'g', 'k']);
    expect(names(joined!.into)).toEqual(['i', 'h', 'l']);
    expect([joined!.before, joined!.after]).toEqual([amount(4), amount(3)]);
  });

  test('a third round goes on with the second', () => {
    const second = joinFusions(first, [fusion('r', ['f', 'g'], ['h'])], gone('f'));
    const third = joinFusions(second, [fusion('s', ['c', 'h'], ['k'])], gone('c', 'h'));
    expect(third.map(({ nodes }) => names(nodes))).toEqual([['a', 'b', 'd', 'e', 'g']]);
    expect(names(third[0]!.into)).toEqual(['i', 'k']);
    expect([third[0]!.before, third[0]!.after]).toEqual([amount(5), amount(2)]);
  });

  test('what is not known stays so', () => {
    const unknown = { ...fusion('r', ['c'], ['h']), before: { ...amount(1), macs: null } };
    expect(joinFusions(first, [unknown], gone('c'))[0]!.before.macs).toBeNull();
  });
});
