/** Which outputs read which inputs, against dense matrices of booleans. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { largestGroups } from '../src/index.ts';
import { groupedSupport, listBlocks, pairCount, type Support } from '../src/support.ts';
import { composeSupport, unionSupport } from '../src/support-algebra.ts';
import { runs } from './arbitraries.ts';

const size = 12;

/** Blocks over 12 x 12 channels that share no channel, in any arrangement. */
const supports: fc.Arbitrary<Support> = fc
  .tuple(
    fc.array(fc.integer({ min: 1, max: 4 }), { minLength: 1, maxLength: 6 }),
    fc.array(fc.integer({ min: 1, max: 4 }), { minLength: 6, maxLength: 6 }),
    fc.nat(3),
    fc.array(fc.nat(100), { minLength: 6, maxLength: 6 }),
  )
  .map(([outs, ins, gap, order]) => {
    const places: number[] = [];
    let next = gap;
    for (const width of ins) {
      places.push(next);
      next += width;
    }
    const indices = outs.map((_, index) => index).sort((a, b) => order[a]! - order[b]!);
    let outStart = gap % 2;
    return outs.flatMap((outSize, index) => {
      const chosen = indices[index]!;
      const block = { count: 1, outStart, outSize, inStart: places[chosen]!, inSize: ins[chosen]! };
      outStart += outSize;
      return block.outStart + outSize <= size && block.inStart + block.inSize <= size ? [block] : [];
    });
  });

function toMatrix(support: Support): boolean[][] {
  const matrix = Array.from({ length: size }, () => new Array<boolean>(size).fill(false));
  for (const { outStart, outSize, inStart, inSize } of listBlocks(support)) {
    for (let o = 0; o < outSize; o++) for (let i = 0; i < inSize; i++) matrix[outStart + o]![inStart + i] = true;
  }
  return matrix;
}

function expectCovers(support: Support, needed: (o: number, i: number) => boolean): void {
  const matrix = toMatrix(support);
  for (let o = 0; o < size; o++) for (let i = 0; i < size; i++) if (needed(o, i)) expect(matrix[o]![i]).toBe(true);
}

/** Blocks share no channel and are sorted by output. */
function expectWellFormed(support: Support): void {
  const blocks = listBlocks(support);
  const outs = blocks.flatMap((b) => Array.from({ length: b.outSize }, (_, k) => b.outStart + k));
  const ins = blocks.flatMap((b) => Array.from({ length: b.inSize }, (_, k) => b.inStart + k));
  expect(outs).toEqual([...new Set(outs)].sort((a, b) => a - b));
  expect(new Set(ins).size).toBe(ins.length);
  expect(pairCount(support)).toBe(blocks.reduce((sum, b) => sum + b.outSize * b.inSize, 0));
}

describe('supports', () => {
  test('a composition holds every pair that is joined through the middle', () => {
    fc.assert(
      fc.property(supports, supports, (second, first) => {
        const composed = composeSupport(second, first);
        const [two, one] = [toMatrix(second), toMatrix(first)];
        expectWellFormed(composed);
        expectCovers(composed, (o, i) => two[o]!.some((reads, m) => reads && one[m]![i]!));
      }),
      runs(300),
    );
  });

  test('a union holds every pair of all', () => {
    fc.assert(
      fc.property(fc.array(supports, { minLength: 1, maxLength: 3 }), (all) => {
        const union = unionSupport(all);
        const matrices = all.map(toMatrix);
        expectWellFormed(union);
        expectCovers(union, (o, i) => matrices.some((matrix) => matrix[o]![i]!));
      }),
      runs(300),
    );
  });

  test('grouped supports compose and add to the gcd of their groups', () => {
    const counts = fc.constantFrom(1, 2, 3, 4, 6, 12);
    const gcd = (a: number, b: number): number => (b === 0 ? a : gcd(b, a % b));
    fc.assert(
      fc.property(counts, counts, (a, b) => {
        const [one, other] = [groupedSupport(12, 12, a), groupedSupport(12, 12, b)];
        for (const support of [composeSupport(one, other), unionSupport([one, other])]) {
          const shape = { support, outChannels: 12, inChannels: 12 };
          expect(largestGroups(shape as Parameters<typeof largestGroups>[0])).toBe(gcd(a, b));
        }
      }),
      runs(60),
    );
  });
});
