/** Carries out one rewrite: loads its weights, proves it, and lets the adapter write it. */
import { ReparamError } from '../errors.ts';
import type { Graph } from '../graph.ts';
import type { Plan, Rewrite } from '../plan/plan.ts';
import { type ProofOptions, proofTolerance, proveRewrite, roundedTolerance } from '../proof/prove.ts';
import type { RefusalReason } from '../refusal.ts';
import type { Scratch } from '../scratch.ts';
import { type Memo, readArray, type WeightSource } from '../weight.ts';

/** How sure a rewrite is. */
export interface Proven {
  /** Largest difference to the replaced nodes in float64, relative to the largest output. */
  readonly error: number;
  readonly proof: { readonly channels: number; readonly totalChannels: number };
}

export interface CarryOutContext {
  readonly graph: Graph;
  readonly proof: ProofOptions;
  readonly scratch: Scratch;
}

/** @throws ReparamError `proof-failed`, or what `write` throws: the rewrite must not be made. */
export async function carryOut<Written>(
  rewrite: Rewrite,
  { graph, proof: options, scratch }: CarryOutContext,
  write: (memo: Memo) => Written,
): Promise<Written & Proven> {
  const sources = sourcesOf(rewrite, graph);
  for (const source of sources) await source.load();
  try {
    const memo: Memo = Object.assign(new Map(), { scratch });
    const replay = { graph, value: rewrite.value, affine: rewrite.affine, absorbed: new Set(rewrite.absorbed) };
    const { error, ...proof } = proveRewrite(replay, memo, options);
    if (!Number.isFinite(error) && !hasFiniteWeights(rewrite, memo)) {
      throw new ReparamError('a weight of the fused operator would not be finite in float64', {
        code: 'not-a-number',
        hint: 'check the weights for NaN, infinity and numbers near the limits of their type',
      });
    }
    if (!(error <= (rewrite.affine.rounded ? roundedTolerance : proofTolerance))) {
      throw new ReparamError(
        `the fused operator differs from the nodes it replaces by ${error} of the largest output`,
        {
          code: 'proof-failed',
          hint: 'please report this with the model: it is a fault of the converter',
        },
      );
    }
    return { ...write(memo), error, proof };
  } finally {
    scratch.reset();
    for (const source of sources) source.release();
  }
}

function hasFiniteWeights({ affine }: Rewrite, memo: Memo): boolean {
  const arrays = [...affine.terms.map(({ operator }) => operator.weight), ...(affine.bias ? [affine.bias] : [])];
  return arrays.every((array) => readArray(array, memo).every(Number.isFinite));
}

/** Every tensor that the new weights or the old definitions are made of. */
function sourcesOf(rewrite: Rewrite, graph: Graph): Set<WeightSource> {
  const sources = new Set<WeightSource>();
  const old = rewrite.absorbed.flatMap((value) => graph.values[value]!.definitions);
  for (const affine of [rewrite.affine, ...old]) {
    for (const { operator } of affine.terms) for (const source of operator.weight.sources) sources.add(source);
    for (const source of affine.bias?.sources ?? []) sources.add(source);
  }
  return sources;
}

/** Codes of errors that only mean: leave these nodes as they are. */
const UNFUSED: ReadonlySet<string> = new Set<RefusalReason>([
  'proof-failed',
  'overflow',
  'not-a-number',
  'not-implemented',
]);

/** Whether an error only means that a rewrite must not be made. */
export function isUnfused(error: unknown): error is ReparamError & { readonly code: RefusalReason } {
  return error instanceof ReparamError && UNFUSED.has(error.code);
}

/** Room for the largest new weight twice, since it may be made in parts; at most 512 MiB. */
export function scratchCapacity(plans: readonly Plan[]): number {
  const steps = plans.flatMap(({ rewrites }) => rewrites.flatMap(({ lowering }) => lowering.steps));
  const largest = steps.reduce(
    (most, step) => ('operator' in step ? Math.max(most, step.operator.weight.length) : most),
    0,
  );
  return Math.min(2 * largest, 2 ** 26);
}
