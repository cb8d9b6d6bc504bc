/** Runs two models in ONNX Runtime on the same inputs, and says whether they compute the same. */

import { ReparamError, UnsupportedError } from '@reparam/core';
import type { VerifyFailure, VerifyReport } from '@reparam/core/verify';
import { type CaseOptions, type CaseResults, differencesOf, runCases, summarizeOutputs } from '@reparam/core/verify';
import { findFirstDivergent } from './bisect.ts';
import { holdChoices } from './choices.ts';
import { explainFailure } from './known-faults.ts';
import { type ModelInput, type OpenInput, openInput } from './model-input.ts';
import type { Pair } from './pair.ts';
import { loadRuntime, type Runtime, type RuntimeKind } from './runtime.ts';
import type { Session, SessionOptions } from './session.ts';
import { defaultTolerance } from './tolerance.ts';

export interface VerifyOptions extends CaseOptions {
  /** ONNX Runtime, or which of its packages to use. Default: the one that is installed. */
  readonly runtime?: Runtime | RuntimeKind | undefined;
  /**
   * Allowed difference, relative to the largest magnitude in the first model's output. Default, by the coarsest float type
   * in the models: 1e-4 for float32, 2e-2 for float16, 0.1 for bfloat16, 1e-9 for float64.
   */
  readonly tolerance?: number | undefined;
  /** Whether to search for the first value that differs. Default true. */
  readonly bisect?: boolean | undefined;
  readonly threads?: number | undefined;
}

/**
 * Whether two models compute the same: runs both, without the runtime's optimizations, on seeded signed inputs and at
 * several sizes where sizes are symbolic. If they differ, it also names the first value inside that does. Where the second
 * only chooses otherwise among values that are equal but for rounding (TopK, ArgMax), it is compared as it is with the
 * choices of the first, and the case names them.
 *
 * Throws an UnsupportedError if ONNX Runtime is not installed or cannot load the first model, or an input needs to be
 * given; a FormatError for files that are no models; a ShapeError for options that do not fit the inputs.
 * Everything that makes the second model unlike the first is a report with `equal: false`.
 *
 * @example
 * const report = await verify('train.onnx', 'deploy.onnx', { ranges: { image: [0, 255] } });
 * if (!report.equal) console.error(report.failure?.message, report.failure?.firstDivergent?.name);
 */
export async function verify(
  first: ModelInput,
  second: ModelInput,
  options: VerifyOptions = {},
): Promise<VerifyReport> {
  const { runtime: wanted } = options;
  const runtime = typeof wanted === 'object' ? wanted : await loadRuntime({ kind: wanted });
  const inputs: OpenInput[] = [];
  try {
    for (const input of [first, second]) inputs.push(await openInput(input));
    const tolerance = options.tolerance ?? defaultTolerance(inputs.map(({ model }) => model));
    const settings: SessionOptions = { optimization: 'disabled', threads: options.threads };
    return await verifyPair({ first: inputs[0]!, second: inputs[1]!, runtime, options: settings, tolerance }, options);
  } finally {
    for (const input of inputs) await input.close();
  }
}

async function verifyPair(pair: Pair, options: VerifyOptions): Promise<VerifyReport> {
  const first = await loadFirst(pair);
  let second: Session | undefined;
  try {
    const loaded = await attempt(() => pair.second.load(pair.runtime, pair.options));
    if ('reason' in loaded) return reportOf(pair, { reason: 'not-loaded', message: loaded.reason });
    second = loaded.value;
    const differences = differencesOf(first, second);
    if (differences.length > 0)
      return reportOf(pair, { reason: 'interface', message: `The models differ: ${differences.join('; ')}.` });
    const results = await runCases([first, second], pair.tolerance, options, (feeds, outputs) =>
      holdChoices(pair, feeds, outputs),
    );
    const { failed } = results;
    const models = [pair.first.model, pair.second.model];
    if (!failed) {
      const nothing = results.cases.length === 0 ? explainFailure(nothingCompared(results), models) : undefined;
      return reportOf(pair, nothing, results);
    }
    const search = failed.failure.output !== undefined && options.bisect !== false;
    const divergent = search ? await findFirstDivergent(pair, failed.feeds) : undefined;
    const failure = explainFailure(failed.failure, models);
    return reportOf(pair, { ...failure, ...(divergent && { firstDivergent: divergent }) }, results);
  } finally {
    await second?.release();
    await first.release();
  }
}

async function loadFirst(pair: Pair): Promise<Session> {
  const loaded = await attempt(() => pair.first.load(pair.runtime, pair.options));
  if (!('reason' in loaded)) return loaded.value;
  throw new UnsupportedError(`${pair.runtime.name} cannot load the first model: ${loaded.reason}`, {
    code: 'not-loaded',
    cause: loaded.cause,
  });
}

async function attempt<Value>(
  action: () => Promise<Value>,
): Promise<{ readonly value: Value } | { readonly reason: string; readonly cause: unknown }> {
  try {
    return { value: await action() };
  } catch (cause) {
    if (cause instanceof ReparamError) throw cause;
    return { reason: cause instanceof Error ? cause.message : String(cause), cause };
  }
}

function nothingCompared({ skipped }: CaseResults): VerifyFailure {
  const reason = skipped[0]?.reason ?? 'the models have no output that is a tensor';
  return { reason: 'nothing-compared', message: `Nothing could be compared: ${reason}.` };
}

function reportOf(
  { tolerance, runtime: { name, version } }: Pair,
  failure: VerifyFailure | undefined,
  { cases, outputs, skipped }: CaseResults = { cases: [], outputs: [], skipped: [] },
): VerifyReport {
  const found = { cases, outputs: summarizeOutputs(outputs), skipped };
  return { equal: failure === undefined, tolerance, runtime: { name, version }, ...found, ...(failure && { failure }) };
}
