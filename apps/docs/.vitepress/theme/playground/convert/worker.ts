/** The worker that converts: it holds the model, so that the page is free. */
import type { ConversionReport, ModelStructure, Progress } from '@reparam/core/convert';
import { expose } from 'comlink';
import { outcomeOf } from '../outcome.ts';
import type { Settings } from '../settings.ts';
import type { DrawnGraph } from '../view/drawn-graph.ts';
import { describeGraph } from './describe-graph.ts';
import { sortFiles } from './files.ts';
import { inspectRegion } from './inspect-region.ts';
import { layOut } from './lay-out.ts';
import type { ResultModel, RunnableModel, SourceModel } from './source-model.ts';

export interface Conversion {
  readonly format: SourceModel['format'];
  readonly fileName: string;
  readonly result: { readonly name: string; readonly blob: Blob };
  readonly report: ConversionReport;
  readonly seconds: number;
  /** Both models, for a runtime. */
  readonly runnable: readonly [RunnableModel, RunnableModel];
}

export interface DrawnGraphs {
  readonly before: DrawnGraph;
  readonly after: DrawnGraph;
}

interface Current {
  readonly source: SourceModel;
  readonly settings: Settings;
  readonly result: ResultModel;
  structures?: Promise<readonly [ModelStructure, ModelStructure]>;
}

let current: Current | undefined;

async function convert(files: readonly File[], settings: Settings, onProgress: (progress: Progress) => void) {
  current = undefined;
  const sorted = sortFiles(files);
  const start = performance.now();
  const open =
    sorted.format === 'onnx' ? (await import('./onnx-model.ts')).openOnnx : (await import('./tfjs-model.ts')).openTfjs;
  const source = await open(sorted);
  // A remote function is called by itself only: its properties, such as `call`, are remote too.
  const result = await source.convert(settings, (progress) => void onProgress(progress));
  current = { source, settings, result };
  const { name, blob, report, runnable } = result;
  const { format } = source;
  const seconds = (performance.now() - start) / 1000;
  const models = [source.runnable, runnable] as const;
  return { format, fileName: sorted.model.name, result: { name, blob }, report, seconds, runnable: models };
}

function structuresOf(state: Current) {
  const { source, settings, result } = state;
  state.structures ??= Promise.all([source.readStructure(settings), result.readStructure()]);
  return state.structures;
}

async function draw(): Promise<DrawnGraphs> {
  const { fusions, refusals } = current!.result.report;
  const [before, after] = await structuresOf(current!);
  return {
    before: layOut(describeGraph(before, fusions, refusals, 'nodes')),
    after: layOut(describeGraph(after, fusions, refusals, 'into')),
  };
}

const api = {
  convert: (files: readonly File[], settings: Settings, onProgress: (progress: Progress) => void) =>
    outcomeOf<Conversion>(() => convert(files, settings, onProgress)),
  /** The graphs of the model that was converted last. */
  draw: () => outcomeOf(draw),
  /** Branches and kernels of one of its fusions. */
  inspect: (region: number) =>
    outcomeOf(async () => inspectRegion(await structuresOf(current!), current!.result.report.fusions[region]!)),
};

export type ConvertApi = typeof api;

expose(api);
