/** The worker that converts: it holds the model, so that the page is free. */
import type { ConversionReport, ModelStructure, Progress } from '@reparam/core/convert';
import { expose } from 'comlink';
import { outcomeOf } from '../outcome.ts';
import type { Settings } from '../settings.ts';
import type { DrawnGraph } from '../view/drawn-graph.ts';
import { describeGraph } from './describe-graph.ts';
import { sortFiles } from './files.ts';
import { type InspectedSum, inspectRegion } from './inspect-region.ts';
import { layOut } from './lay-out.ts';
import { type Crumb, graphAt, locate, trailTo, type Whereabouts } from './model-graphs.ts';
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

/** One graph of the model, before and after. */
export interface DrawnGraphs {
  /** "" for the main graph. */
  readonly place: string;
  readonly trail: readonly Crumb[];
  /** Null where this model has no such graph. */
  readonly before: DrawnGraph | null;
  readonly after: DrawnGraph | null;
}

interface Current {
  readonly source: SourceModel;
  readonly settings: Settings;
  readonly result: ResultModel;
  structures?: Promise<Structures>;
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

interface Structures {
  readonly models: readonly [before: ModelStructure, after: ModelStructure];
  readonly whereabouts: Whereabouts;
}

async function readStructures({ source, settings, result }: Current): Promise<Structures> {
  const models = await Promise.all([source.readStructure(settings), result.readStructure()]);
  return { models, whereabouts: locate(models, result.report) };
}

function structuresOf(state: Current): Promise<Structures> {
  state.structures ??= readStructures(state);
  return state.structures;
}

async function draw(place: string): Promise<DrawnGraphs> {
  const { fusions: regions, refusals } = current!.result.report;
  const { models, whereabouts } = await structuresOf(current!);
  const [before, after] = models;
  const drawOf = (model: ModelStructure, side: 'nodes' | 'into') => {
    const graph = graphAt(model, place);
    const context = { model, place, regions, refusals, whereabouts, side };
    return graph ? layOut(describeGraph(graph, context)) : null;
  };
  const trail = trailTo(graphAt(before, place) ? before : after, place);
  return { place, trail, before: drawOf(before, 'nodes'), after: drawOf(after, 'into') };
}

async function inspect(region: number): Promise<readonly InspectedSum[] | null> {
  const { models, whereabouts } = await structuresOf(current!);
  const place = whereabouts.regions[region]!;
  const [before, after] = models.map((model) => graphAt(model, place));
  return before && after ? inspectRegion([before, after], current!.result.report.fusions[region]!, place) : null;
}

const api = {
  convert: (files: readonly File[], settings: Settings, onProgress: (progress: Progress) => void) =>
    outcomeOf<Conversion>(() => convert(files, settings, onProgress)),
  /** The graphs at a place of the model that was converted last. */
  draw: (place: string) => outcomeOf(() => draw(place)),
  locate: () => outcomeOf(async () => (await structuresOf(current!)).whereabouts),
  /** Branches and kernels of one of its fusions. */
  inspect: (region: number) => outcomeOf(() => inspect(region)),
};

export type ConvertApi = typeof api;

expose(api);
