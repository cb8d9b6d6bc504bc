/** Differential tests of plans on random graphs: definitions, forms, steps and proof must all agree. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { planGraph, proofTolerance, proveRewrite, type ValueId } from '../../src/index.ts';
import { runFactor } from '../arbitraries.ts';
import { rewriteGraph } from '../rewritten-graph.ts';
import { runAffine, tensorError } from '../run-graph.ts';
import { checkBookkeeping, checkRewrites, describeRewrite, runPlanned } from './check-plan.ts';
import { unloadWeights } from './lazy-graph.ts';
import { mutate } from './mutate.ts';
import { graphShapes } from './random/program.ts';
import { buildRandomGraph } from './random-graph.ts';

const seed = Number(process.env.FUZZ_SEED ?? Date.now() % 2 ** 31);
const runs = (count: number) => ({ numRuns: Math.round(count * runFactor), seed });

describe(`random graphs (seed ${seed})`, () => {
  test('plans compute what the graphs compute', () => {
    fc.assert(
      fc.property(graphShapes, (shape) => {
        const planned = runPlanned(buildRandomGraph(shape), shape.seed);
        checkRewrites(planned);
        checkBookkeeping(planned);
      }),
      runs(500),
    );
  });

  test('plans that may make bias maps compute what the graphs compute', () => {
    let maps = 0;
    fc.assert(
      fc.property(graphShapes, (shape) => {
        const fixed = { ...shape, input: shape.input % 2 === 0 ? 0 : 8 };
        const planned = runPlanned(buildRandomGraph(fixed), shape.seed, { border: 'repair' });
        maps += planned.plan.rewrites.filter(({ lowering }) => lowering.steps.some(({ op }) => op === 'map')).length;
        checkRewrites(planned);
        checkBookkeeping(planned);
      }),
      runs(600),
    );
    expect(maps).toBeGreaterThan(2 * runFactor);
  });

  test('plans made before weights are loaded compute what the graphs compute, and read none', () => {
    fc.assert(
      fc.property(graphShapes, (shape) => {
        const { graph, load } = unloadWeights(buildRandomGraph(shape));
        const plan = planGraph(graph);
        load();
        const planned = { ...runPlanned(graph, shape.seed), plan };
        checkRewrites(planned);
      }),
      runs(100),
    );
  });

  test('planning the rewritten graph again ends, and makes it cheaper until then', () => {
    fc.assert(
      fc.property(graphShapes, (shape) => {
        let graph = buildRandomGraph(shape);
        const mostRounds = 1 + graph.values.length; // what is between the steps of a rewrite can go one value further each time
        for (let round = 0; round <= mostRounds; round++) {
          const planned = runPlanned(graph, shape.seed);
          if (planned.plan.rewrites.length === 0) return;
          if (round > 0) checkRewrites(planned);
          checkBookkeeping(planned);
          graph = rewriteGraph(graph, planned.plan);
        }
        const changes = planGraph(graph).rewrites.map((rewrite) => describeRewrite(graph, rewrite));
        expect(changes).toEqual([]);
      }),
      runs(200),
    );
  });

  test('frozen values are neither rewritten nor inlined', () => {
    fc.assert(
      fc.property(graphShapes, fc.integer({ min: 2, max: 4 }), (shape, step) => {
        const graph = buildRandomGraph(shape);
        const frozen = new Set<ValueId>(graph.values.map((_, id) => id).filter((id) => (id + shape.seed) % step === 0));
        const planned = runPlanned(graph, shape.seed, { frozen });
        checkRewrites(planned);
        checkBookkeeping(planned, frozen);
      }),
      runs(100),
    );
  });

  test('the proof finds every corrupted rewrite', () => {
    let caught = 0;
    const choices = fc.array(fc.nat(1000), { minLength: 3, maxLength: 3 });
    fc.assert(
      fc.property(graphShapes, choices, (shape, choice) => {
        const { graph, plan, runs: tensorRuns } = runPlanned(buildRandomGraph(shape), shape.seed);
        for (const rewrite of plan.rewrites) {
          const affine = mutate(rewrite.affine, choice);
          if (!affine) continue;
          const isWrong = tensorRuns.some(
            (tensors) => !(tensorError(runAffine(affine, tensors), tensors[rewrite.value]!) < 1e-6),
          );
          if (!isWrong) continue;
          const proof = proveRewrite({ graph, ...rewrite, affine, absorbed: new Set(rewrite.absorbed) }, new Map());
          if (proof.error <= proofTolerance) throw new Error(`not caught in ${describeRewrite(graph, rewrite)}`);
          caught++;
        }
      }),
      runs(300),
    );
    expect(caught).toBeGreaterThan(50);
  });
});
