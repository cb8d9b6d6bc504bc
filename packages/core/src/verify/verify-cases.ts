/** Runs two loaded models side by side, family by family and size by size. */

import type { AbortSignalLike } from '../convert/options.ts';
import { compareTensors } from './compare.ts';
import { type InputShapes, planShapes } from './input-shapes.ts';
import { familiesOf, type InputFamily, type InputOptions, makeFeeds } from './inputs.ts';
import { nudged, spreadOf } from './sensitivity.ts';
import type { Session, ValueMetadata } from './session.ts';
import { mergeInputs } from './signature.ts';
import { type ComparedOutput, summarizeCase } from './tally.ts';
import type { TensorData } from './tensor-data.ts';
import type { HeldChoice, SkippedCase, VerifiedCase, VerifyCase, VerifyFailure } from './verify-report.ts';

export interface CaseOptions extends InputOptions {
  readonly shapes?: InputShapes | undefined;
  readonly samples?: number | undefined;
  readonly seed?: number | undefined;
  /** A promise is awaited before the next run: time for whatever else waits, such as an interruption. */
  readonly onProgress?: ((progress: { readonly done: number; readonly total: number }) => unknown) | undefined;
  readonly signal?: AbortSignalLike | undefined;
}

/** The first failure, and the inputs that show it. */
export interface FailedCase {
  readonly failure: VerifyFailure;
  readonly feeds: Readonly<Record<string, TensorData>>;
}

export interface CaseResults {
  readonly cases: VerifiedCase[];
  readonly outputs: ComparedOutput[];
  readonly skipped: SkippedCase[];
  failed?: FailedCase;
}

/** The second model, made to choose as the first does. */
export interface HeldRun {
  /** All outputs that the first model gives. */
  readonly outputs: Readonly<Record<string, TensorData>>;
  readonly choices: readonly HeldChoice[];
}

/** Runs the second model with the choices of the first; null where there are none, or it is not the choices that differ. */
export type HoldChoices = (
  feeds: FailedCase['feeds'],
  first: Readonly<Record<string, TensorData>>,
) => Promise<HeldRun | null>;

interface Run {
  readonly sessions: readonly [Session, Session];
  readonly inputs: readonly ValueMetadata[];
  readonly tolerance: number;
  readonly options: CaseOptions;
  readonly holdChoices: HoldChoices | undefined;
  readonly results: CaseResults;
  /** Cases begun. */
  count: number;
  total: number;
}

/** Runs every case. The first shapes that the models take get all samples, other shapes one. */
export async function runCases(
  sessions: readonly [Session, Session],
  tolerance: number,
  options: CaseOptions,
  holdChoices?: HoldChoices,
): Promise<CaseResults> {
  const inputs = mergeInputs(sessions[0].inputs, sessions[1].inputs);
  const results: CaseResults = { cases: [], outputs: [], skipped: [] };
  const run: Run = { sessions, inputs, tolerance, options, holdChoices, results, count: 0, total: 0 };
  const families = familiesOf(inputs, options);
  const samples = families[0] === 'given' ? 1 : (options.samples ?? 2);
  const given = Object.entries(options.inputs ?? {}).map(([name, { dims }]) => [name, dims]);
  const plan = planShapes(inputs, { ...options.shapes, ...Object.fromEntries(given) });
  run.total = families.length * (samples + plan.shapes.length - 1);
  for (const shapes of [...plan.shapes, ...plan.fallback]) {
    if (plan.fallback.includes(shapes) && (results.cases.length > 0 || results.failed)) break;
    await runShapes(run, shapes, families, results.cases.length === 0 ? samples : 1);
  }
  return results;
}

async function runShapes(
  run: Run,
  shapes: InputShapes,
  families: readonly InputFamily[],
  samples: number,
): Promise<void> {
  for (const family of families)
    for (let sample = 0; sample < samples; sample++) {
      const { signal, onProgress, seed = 0 } = run.options;
      await onProgress?.({ done: Math.min(run.count, run.total), total: run.total });
      if (signal?.aborted) throw signal.reason ?? new Error('The verification was cancelled.');
      const feeds = makeFeeds(run.inputs, shapes, family, seed * 7919 + run.count++, run.options);
      if (!(await runCase(run, { family, sample, shapes }, feeds))) return;
    }
}

/** Runs one case. False if a model refuses it: then it will refuse all of these shapes. */
async function runCase(run: Run, verifyCase: VerifyCase, feeds: FailedCase['feeds']): Promise<boolean> {
  const { results } = run;
  const [first, second] = [await attempt(run.sessions[0], feeds), await attempt(run.sessions[1], feeds)];
  if (typeof first === 'string' || typeof second === 'string') {
    if (typeof first === typeof second)
      results.skipped.push({ ...verifyCase, reason: `both models refuse it: ${first}` });
    else {
      const [which, reason] = typeof first === 'string' ? ['first', first] : ['second', second];
      const message = `The ${which} model refuses ${describe(verifyCase)}, which the other takes: ${reason}`;
      results.failed ??= { failure: { reason: 'rejected', message, case: verifyCase }, feeds };
    }
    return false;
  }
  const { outputs, choices } = await compareOutputs(run, feeds, first, second);
  if (outputs.every(({ comparison }) => comparison.difference === null && comparison.vacuous)) {
    results.skipped.push({ ...verifyCase, reason: 'no output has a finite number' });
    return true;
  }
  const untold = await explainByItself(run, feeds, first, outputs);
  if (untold) {
    results.skipped.push({ ...verifyCase, reason: untold });
    return true;
  }
  results.cases.push({ ...summarizeCase(verifyCase, outputs), ...(choices && { choices }) });
  results.outputs.push(...outputs);
  const wrong = outputs.find(({ comparison }) => comparison.difference !== null);
  if (wrong) results.failed ??= { failure: failureOf(verifyCase, wrong, run.tolerance), feeds };
  return true;
}

interface ComparedOutputs {
  readonly outputs: readonly ComparedOutput[];
  readonly choices?: readonly HeldChoice[];
}

/** Where outputs differ, those that the second model has where it chooses as the first does, if these are equal. */
async function compareOutputs(
  { tolerance, holdChoices }: Run,
  feeds: FailedCase['feeds'],
  first: Readonly<Record<string, TensorData>>,
  second: Readonly<Record<string, TensorData>>,
): Promise<ComparedOutputs> {
  const compare = (other: Readonly<Record<string, TensorData>>) =>
    Object.entries(first).map(([name, tensor]): ComparedOutput => {
      return { name, type: tensor.type, comparison: compareTensors(tensor, other[name]!, tolerance) };
    });
  const isEqual = ({ comparison }: ComparedOutput) => comparison.difference === null;
  const outputs = compare(second);
  const held = outputs.every(isEqual) ? null : await holdChoices?.(feeds, first);
  const heldOutputs = held && compare(held.outputs);
  return heldOutputs?.every(isEqual) ? { outputs: heldOutputs, choices: held!.choices } : { outputs };
}

/** Roundings within a model that one in the last digit of its inputs stands for. */
const ROUNDINGS = 8;

/** Why outputs that differ tell nothing: the first model's own go as far, from run to run or where its inputs change in their last digit. */
async function explainByItself(
  { sessions }: Run,
  feeds: FailedCase['feeds'],
  first: Record<string, TensorData>,
  outputs: readonly ComparedOutput[],
): Promise<string | null> {
  const wrong = outputs.filter(({ comparison }) => comparison.difference !== null);
  const inValues = wrong.every(({ type, comparison }) => comparison.difference === 'value' && type.startsWith('float'));
  if (wrong.length === 0 || !inValues) return null;
  const found = wrong[0]!.comparison.maxRelative.toExponential(1);
  for (const [runs, how] of [
    [[feeds], 'differs by % from run to run'],
    [nudged(feeds), 'changes by % where its inputs change in their last digit'],
  ] as const) {
    const spread = await spreadOf(sessions[0], runs, first);
    if (!wrong.every(({ name, comparison }) => comparison.maxRelative <= ROUNDINGS * spread.get(name)!)) continue;
    const own = how.replace('%', spread.get(wrong[0]!.name)!.toExponential(1));
    return `output "${wrong[0]!.name}" differs by ${found}, but the first model's own ${own}`;
  }
  return null;
}

/** The outputs, or why the model does not give them. */
async function attempt(session: Session, feeds: FailedCase['feeds']): Promise<Record<string, TensorData> | string> {
  try {
    return await session.run(feeds);
  } catch (cause) {
    return cause instanceof Error ? cause.message : String(cause);
  }
}

function failureOf(verifyCase: VerifyCase, { name, comparison }: ComparedOutput, tolerance: number): VerifyFailure {
  const reason = comparison.difference!;
  const found = {
    type: 'has another element type',
    shape: 'has another shape',
    'non-finite': `has ${comparison.nonFinite} elements that are NaN or infinite in one model only`,
    value: `differs by ${comparison.maxRelative.toExponential(1)} of its largest value, allowed are ${tolerance}`,
  };
  const message = `Output "${name}" ${found[reason]}, for ${describe(verifyCase)}.`;
  return { reason, message, output: name, case: verifyCase };
}

function describe({ family, shapes }: VerifyCase): string {
  const sizes = Object.entries(shapes).map(([name, dims]) => `"${name}" [${dims.join(', ')}]`);
  return `${family} inputs ${sizes.join(', ')}`;
}
