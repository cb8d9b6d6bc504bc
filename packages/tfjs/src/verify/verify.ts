/** Runs two models in TensorFlow.js on the same inputs, and says whether they compute the same. */
import { UnsupportedError } from '@reparam/core';
import {
  type CaseOptions,
  type CaseResults,
  differencesOf,
  runCases,
  type Session,
  summarizeOutputs,
  type VerifyFailure,
  type VerifyReport,
} from '@reparam/core/verify';
import { knownFaults } from './known-faults.ts';
import type { TensorFlow, TfModelInput } from './runtime.ts';
import { isArtifacts, openSession } from './session.ts';

export interface VerifyOptions extends CaseOptions {
  /**
   * Allowed difference, relative to the largest magnitude in the first model's output. Default 1e-4; 2e-2 where weights of a model are
   * quantized.
   */
  readonly tolerance?: number | undefined;
}

/**
 * Whether two models compute the same: runs both on seeded signed inputs, and at several sizes where sizes are open, on the backend that is
 * set. Layers and Graph models, loaded or as artifacts.
 *
 * @throws UnsupportedError where the first model does not load; ShapeError for options that do not fit the inputs. Everything that makes
 *   the second model unlike the first is a report with `equal: false`.
 * @example
 * const { equal, failure } = await verify(tf, model, deploy, { ranges: { image: [0, 1] } });
 */
export async function verify(
  tf: TensorFlow,
  before: TfModelInput,
  after: TfModelInput,
  options: VerifyOptions = {},
): Promise<VerifyReport> {
  const tolerance = options.tolerance ?? ([before, after].some(isQuantized) ? 2e-2 : 1e-4);
  const runtime = { name: `TensorFlow.js (${tf.getBackend()})`, version: tf.version_core ?? '' };
  const report = (failure: VerifyFailure | undefined, results: CaseResults = nothing()): VerifyReport => ({
    equal: failure === undefined,
    tolerance,
    runtime,
    cases: results.cases,
    outputs: summarizeOutputs(results.outputs),
    skipped: results.skipped,
    ...(failure && { failure }),
  });
  const first = await openFirst(tf, before);
  let second: Session | undefined;
  try {
    try {
      second = await openSession(tf, after);
    } catch (cause) {
      return report({ reason: 'not-loaded', message: messageOf(cause) });
    }
    const differences = differencesOf(first, second);
    if (differences.length > 0)
      return report({ reason: 'interface', message: `The models differ: ${differences.join('; ')}.` });
    const results = await runCases([first, second], tolerance, options);
    if (results.failed) {
      const { failure } = results.failed;
      const faults = [before, after].flatMap((model) => knownFaults(model, tf.getBackend()));
      const message = [failure.message, ...new Set(faults), ...(faults.length > 0 ? ['Compare on cpu.'] : [])].join(
        ' ',
      );
      return report({ ...failure, message }, results);
    }
    return report(results.cases.length === 0 ? nothingCompared(results) : undefined, results);
  } finally {
    await second?.release();
    await first.release();
  }
}

async function openFirst(tf: TensorFlow, input: TfModelInput): Promise<Session> {
  try {
    return await openSession(tf, input);
  } catch (cause) {
    if (cause instanceof UnsupportedError) throw cause;
    throw new UnsupportedError(`TensorFlow.js cannot load the first model: ${messageOf(cause)}`, {
      code: 'not-loaded',
      cause,
    });
  }
}

function isQuantized(input: TfModelInput): boolean {
  return isArtifacts(input) && (input.weightSpecs ?? []).some(({ quantization }) => quantization !== undefined);
}

function messageOf(cause: unknown): string {
  return cause instanceof Error ? cause.message : String(cause);
}

function nothing(): CaseResults {
  return { cases: [], outputs: [], skipped: [] };
}

function nothingCompared({ skipped }: CaseResults): VerifyFailure {
  const reason = skipped[0]?.reason ?? 'the models have no output that is a tensor';
  return { reason: 'nothing-compared', message: `Nothing could be compared: ${reason}.` };
}
