/** Measures models beside each other in ONNX Runtime: interleaved runs, medians and ratios. */

import { UnsupportedError } from '@reparam/core';
import {
  type BenchResult,
  type InputOptions,
  type InputShapes,
  type MeasureInTurnOptions,
  makeFeeds,
  measureInTurn,
  mergeInputs,
  resultOf,
  timeOf,
  usualShapes,
} from '@reparam/core/verify';
import { type ModelInput, openInput } from './model-input.ts';
import { loadRuntime, type Runtime, type RuntimeKind } from './runtime.ts';
import type { Session, SessionOptions } from './session.ts';

declare const performance: { now(): number };

export type { BenchResult };

/** A model to measure. */
export interface BenchModel {
  readonly name: string;
  readonly model: ModelInput;
}

export interface BenchOptions
  extends InputOptions,
    MeasureInTurnOptions,
    Pick<SessionOptions, 'optimization' | 'threads' | 'provider'> {
  /** ONNX Runtime, or which of its packages to use. Default: the one that is installed. */
  readonly runtime?: Runtime | RuntimeKind | undefined;
  /** Dims of inputs; needed where the default for symbolic sizes, 1 for a first axis and 224 for others, does not fit. */
  readonly shapes?: InputShapes | undefined;
  /** How often each model is loaded to measure that. Default 3. */
  readonly loads?: number | undefined;
  /** Seed of the inputs. Default 0. */
  readonly seed?: number | undefined;
}

export interface BenchReport {
  readonly runtime: { readonly name: string; readonly version: string };
  /** null for the runtime's choice. */
  readonly threads: number | null;
  readonly optimization: string;
  readonly shapes: InputShapes;
  /** Measured runs of each model. */
  readonly runs: number;
  readonly models: readonly BenchResult[];
}

/**
 * Measures the latency and load time of models with the same inputs. The runs alternate, so that a machine that gets
 * slower or busy does so for all of them; their worker threads do not spin.
 * Throws an UnsupportedError if ONNX Runtime is not installed or a model does not run.
 *
 * @example
 * const { models } = await benchModels([{ name: 'train', model: train }, { name: 'deploy', model: deploy }], { threads: 1 });
 * console.log(`${(1 / models[1].ratio).toFixed(2)} times as fast`);
 */
export async function benchModels(models: readonly BenchModel[], options: BenchOptions = {}): Promise<BenchReport> {
  const { runtime: wanted, optimization = 'all', threads } = options;
  if (models.length === 0) throw new UnsupportedError('There is no model to measure.');
  const runtime = typeof wanted === 'object' ? wanted : await loadRuntime({ kind: wanted });
  const sessions: Session[] = [];
  try {
    const loads = await loadModels(runtime, models, options, sessions);
    const inputs = sessions.map((session) => session.inputs).reduce(mergeInputs);
    const given = Object.entries(options.inputs ?? {}).map(([name, { dims }]) => [name, dims]);
    const shapes = usualShapes(inputs, { ...options.shapes, ...Object.fromEntries(given) });
    const feeds = makeFeeds(inputs, shapes, 'normal', options.seed ?? 0, options);
    const run = async (index: number) => {
      try {
        return await timeOf(() => sessions[index]!.run(feeds));
      } catch (cause) {
        throw cannotRun(models[index]!.name, cause, shapes);
      }
    };
    const times = await measureInTurn(models.length, run, options);
    const results = models.map(({ name }, index) => resultOf(name, times[index]!, times[0]!, loads[index]!));
    const { name, version } = runtime;
    return {
      runtime: { name, version },
      threads: threads ?? null,
      optimization,
      shapes,
      runs: times[0]!.length,
      models: results,
    };
  } finally {
    for (const session of sessions) await session.release();
  }
}

/** Loads every model several times in turn and keeps the last sessions; gives the times of each. */
async function loadModels(
  runtime: Runtime,
  models: readonly BenchModel[],
  options: BenchOptions,
  sessions: Session[],
): Promise<number[][]> {
  const times = models.map((): number[] => []);
  const count = Math.max(1, options.loads ?? 3);
  for (let round = 0; round < count; round++)
    for (const [index, { name, model }] of models.entries()) {
      const input = await openInput(model);
      try {
        const start = performance.now();
        const session = await input.load(runtime, options);
        times[index]!.push(performance.now() - start);
        if (round < count - 1) await session.release();
        else sessions.push(session);
      } catch (cause) {
        throw cannotRun(name, cause);
      } finally {
        await input.close();
      }
    }
  return times;
}

function cannotRun(name: string, cause: unknown, shapes?: InputShapes): UnsupportedError {
  const reason = cause instanceof Error ? cause.message : String(cause);
  return new UnsupportedError(`Model "${name}" cannot be ${shapes ? 'run' : 'loaded'}: ${reason}`, {
    code: shapes ? 'rejected' : 'not-loaded',
    ...(shapes && { hint: `It was run at ${JSON.stringify(shapes)}: give other shapes if these do not fit.` }),
    cause,
  });
}
