/** What may be written into while weights are added. */
import { expect, test } from 'vitest';
import { createScratch } from '../../src/scratch.ts';
import { arrayOf, derivedArray, type LazyArray, type Memo, newArray, readArray, takeArray } from '../../src/weight.ts';

const LENGTH = 5000; // long enough for the scratch
const given = arrayOf(new Float64Array(LENGTH).fill(1));
const scratched = (): Memo => Object.assign(new Map(), { scratch: createScratch(8 * LENGTH) });

function doubled(array: LazyArray): LazyArray {
  return derivedArray(LENGTH, [array], (memo) => {
    const out = newArray(LENGTH, memo);
    readArray(array, memo).forEach((value, index) => {
      out[index] = 2 * value;
    });
    return out;
  });
}

test('values computed for the caller alone are not copied', () => {
  const memo = scratched();
  const values = takeArray(doubled(given), memo);
  values.fill(9);
  expect(memo.size).toBe(1); // the given ones
  expect(readArray(given, memo)[0]).toBe(1);
});

test.each<[string, (memo: Memo) => LazyArray]>([
  ['given values', () => given],
  ['values that were read before', (memo) => touch(doubled(given), memo)],
  [
    'values that are those of another array',
    (memo) => derivedArray(LENGTH, [], () => readArray(touch(doubled(given), memo), memo)),
  ],
])('%s are copied', (_, make) => {
  const memo = scratched();
  const array = make(memo);
  const before = readArray(array, new Map()).slice();
  takeArray(array, memo).fill(9);
  expect(readArray(array, memo)).toEqual(before);
});

test('an array is added to itself', () => {
  const memo = scratched();
  const array = doubled(given);
  const taken = takeArray(array, memo);
  readArray(array, memo).forEach((value, index) => {
    taken[index]! += value;
  });
  expect(taken[0]).toBe(4);
});

function touch(array: LazyArray, memo: Memo): LazyArray {
  readArray(array, memo);
  return array;
}
