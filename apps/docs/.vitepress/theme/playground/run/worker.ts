/** The worker that runs models. Runtimes are loaded here, when they are first asked for. */
import type { BenchResult, VerifyReport } from '@reparam/core/verify';
import { expose } from 'comlink';
import type { RunnableModel } from '../convert/source-model.ts';
import { outcomeOf } from '../outcome.ts';
import type { Settings } from '../settings.ts';

export type Backend = 'wasm' | 'webgpu' | 'cpu';

export type ModelPair = readonly [before: RunnableModel, after: RunnableModel];

export interface Timing {
  readonly runtime: { readonly name: string; readonly version: string };
  readonly shapes: Readonly<Record<string, readonly number[]>>;
  /** Measured runs of each model. */
  readonly runs: number;
  readonly models: readonly BenchResult[];
}

export type OnProgress = (progress: { readonly done: number; readonly total: number }) => void;

/** What each format is run with. */
export interface Runner {
  verify(settings: Settings, onProgress: OnProgress): Promise<VerifyReport>;
  time(settings: Settings): Promise<Timing>;
}

async function open(models: ModelPair, backend: Backend): Promise<Runner> {
  const [{ format }] = models;
  if (format === 'onnx') return (await import('./onnx-runner.ts')).openOnnxRunner(models, backend);
  return (await import('./tfjs-runner.ts')).openTfjsRunner(models, backend);
}

const api = {
  verify: (models: ModelPair, backend: Backend, settings: Settings, onProgress: OnProgress) =>
    outcomeOf<VerifyReport>(async () =>
      (await open(models, backend)).verify(settings, (progress) => void onProgress(progress)),
    ),
  time: (models: ModelPair, backend: Backend, settings: Settings) =>
    outcomeOf<Timing>(async () => (await open(models, backend)).time(settings)),
};

export type RunApi = typeof api;

expose(api);
