/** A train-time structure with what is claimed of it, and the claims. */
import { describe, it } from 'vitest';
import { expectFused, expectLeftAlone } from '../claims.ts';
import { type Dims, GraphBuilder } from '../graph-builder.ts';
import type { TestGraph } from '../graph-file.ts';

export interface Structure {
  readonly name: string;
  readonly train: () => TestGraph;
  readonly fusions?: number;
  readonly left: Readonly<Record<string, number>>;
  /** A graph that looks alike and must stay, and why. */
  readonly unlike?: readonly [() => TestGraph, string | null];
}

export type Build = (b: GraphBuilder) => string;
/** A graph on an input of these dims. */
export const on = (dims: Dims, build: Build) => (): TestGraph => {
  const builder = new GraphBuilder(dims);
  return builder.graph(build(builder));
};
export const image = (build: Build): (() => TestGraph) => on([1, 4, 7, 6], build);
export const free = (build: Build): (() => TestGraph) => on(['n', 4, 'h', 'w'], build);
export const tokens = (build: Build): (() => TestGraph) => on([2, 5, 4], build);
export const rows = (build: Build): (() => TestGraph) => on([3, 4], build);
export const one = { Conv: 1 };

export function testStructures(structures: readonly Structure[]): void {
  describe.each(structures)('$name', ({ train, fusions = 1, left, unlike }) => {
    it('becomes one operator', () => expectFused(train(), fusions, left));
    if (unlike)
      it(`is left alone where that would change it: ${unlike[1] ?? 'no gain'}`, () =>
        expectLeftAlone(unlike[0](), unlike[1]));
  });
}
