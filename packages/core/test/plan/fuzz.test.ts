/** Differential tests of plans on random graphs: definitions, forms, steps and proof must all agree. */
import fc from 'fast-check';
import { describe, test } from 'vitest';
import { runFactor } from '../arbitraries.ts';
import { checkBookkeeping, checkRewrites, runPlanned } from './check-plan.ts';
import { buildRandomGraph, graphShapes } from './random-graph.ts';

const seed = Number(process.env.FUZZ_SEED ?? Date.now() % 2 ** 31);
const numRuns = Math.round(500 * runFactor);

describe(`random graphs (seed ${seed})`, () => {
  test(`${numRuns} plans compute what the graphs compute`, () => {
    fc.assert(
      fc.property(graphShapes, (shape) => {
        const planned = runPlanned(buildRandomGraph(shape), shape.seed);
        checkRewrites(planned);
        checkBookkeeping(planned);
      }),
      { numRuns, seed },
    );
  });
});
