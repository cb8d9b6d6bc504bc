/** Faults that random graphs have found. Biases that were lost. */

import { describe, it } from 'vitest';
import { expectRight } from './expect-right.ts';

describe('a bias is not lost', () => {
  it('behind a slice that is all its operator does', () =>
    expectRight([2, 3], (b) => {
      const [, rest] = b.split('Split', ['x', b.list([1, 2])], 2, { axis: 1 });
      const [left, right] = b.split('Split', [rest!, b.list([1, 1])], 2, { axis: 1 });
      return b.node('Concat', [left!, b.node('Add', [right!, b.constant([1, 1])])], { axis: 1 });
    }));

  it('behind half of the channels, added to themselves', () =>
    expectRight([2, 2, 'h', 8], (b) => {
      const [, half] = b.split('Split', ['x', b.list([1, 1])], 2, { axis: 1 });
      return b.node('Sub', [b.add(half!, b.node('Add', [half!, b.constant([1, 1, 1, 1])])), half!]);
    }));
});
