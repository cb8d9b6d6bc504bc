/** Measures models beside each other in TensorFlow.js: interleaved runs, medians and ratios. */
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
  type Session,
  timeOf,
  usualShapes,
} from '@reparam/core/verify';
import type { TensorFlow, TfModelInput } from './runtime.ts';
import { openSession } from './session.ts';

export interface BenchModel {
  readonly name: string;
  readonly model: TfModelInput;
}

export interface BenchOptions extends InputOptions, MeasureInTurnOptions {
  /** Shapes of inputs; needed where the default for open sizes, 1 for a first axis and 224 for others, does not fit. */
  readonly shapes?: InputShapes | undefined;
  /** How often each model is loaded to measure that. Default 3. */
  readonly loads?: number | undefined;
  /** Seed of the inputs. Default 0. */
  readonly seed?: number | undefined;
}

export interface BenchReport {
  readonly runtime: { readonly name: string; readonly version: string };
  readonly shapes: InputShapes;
  /** Measured runs of each model. */
  readonly runs: number;
  readonly models: readonly BenchResult[];
}

/**
 * Measures the latency and load time of models with the same inputs, on the backend that is set. The runs alternate, so that a machine that
 * gets slower or busy does so for all of them; each run ends when its outputs have been read.
 *
 * @throws UnsupportedError where a model does not load or run.
 * @example
 * const { models } = await benchModels(tf, [{ name: 'train', model: train }, { name: 'deploy', model: deploy }]);
 */
export async function benchModels(
  tf: TensorFlow,
  models: readonly BenchModel[],
  options: BenchOptions = {},
): Promise<BenchReport> {
  if (models.length === 0) throw new UnsupportedError('There is no model to measure.');
  const sessions: Session[] = [];
  try {
    const loads = await loadInTurn(tf, models, options, sessions);
    const inputs = sessions.map((session) => session.inputs).reduce(mergeInputs);
    const shapes = usualShapes(inputs, options.shapes ?? {});
    const feeds = makeFeeds(inputs, shapes, 'normal', options.seed ?? 0, options);
    const run = async (index: number) => {
      try {
        return await timeOf(() => sessions[index]!.run(feeds));
      } catch (cause) {
        throw cannot('run', models[index]!.name, cause);
      }
    };
    const times = await measureInTurn(models.length, run, options);
    return {
      runtime: { name: `TensorFlow.js (${tf.getBackend()})`, version: tf.version_core ?? '' },
      shapes,
      runs: times[0]!.length,
      models: models.map(({ name }, index) => resultOf(name, times[index]!, times[0]!, loads[index]!)),
    };
  } finally {
    for (const session of sessions) await session.release();
  }
}

/** Loads every model several times in turn and keeps the last sessions; gives the times of each. */
async function loadInTurn(
  tf: TensorFlow,
  models: readonly BenchModel[],
  { loads = 3 }: BenchOptions,
  sessions: Session[],
): Promise<number[][]> {
  const times = models.map((): number[] => []);
  for (let round = 0; round < Math.max(1, loads); round++) {
    for (const [index, { name, model }] of models.entries()) {
      try {
        let session: Session | undefined;
        times[index]!.push(
          await timeOf(async () => {
            session = await openSession(tf, model);
          }),
        );
        if (round < loads - 1) await session!.release();
        else sessions.push(session!);
      } catch (cause) {
        throw cannot('loaded', name, cause);
      }
    }
  }
  return times;
}

function cannot(action: 'run' | 'loaded', name: string, cause: unknown): UnsupportedError {
  const reason = cause instanceof Error ? cause.message : String(cause);
  const code = action === 'run' ? 'rejected' : 'not-loaded';
  return new UnsupportedError(`Model "${name}" cannot be ${action}: ${reason}`, { code, cause });
}
