/** One round of the conversion of a model: every view is converted, and the new model is put together. */
import { type Amount, type Fusion, type ModelSummary, nodesMade } from '@reparam/core/convert';
import { joinBytes } from '../artifacts/join-buffers.ts';
import type { ModelArtifacts, WeightSpec } from '../artifacts/model-artifacts.ts';
import { readWeights, type WeightStore } from '../artifacts/weight-store.ts';
import type { TfjsOptions } from '../options.ts';
import type { Report } from '../report.ts';
import { addAmounts, countTypes } from './amounts.ts';
import type { ViewReport } from './describe.ts';
import type { ViewEdits } from './model-view.ts';
import { openModel } from './open-model.ts';
import { selectNodes } from './selection.ts';
import { transformView } from './transform-view.ts';

export interface Transformed {
  readonly artifacts: ModelArtifacts;
  readonly report: Report;
  /** Nodes that are gone, of those that earlier rounds made. */
  readonly gone: ReadonlyMap<string, Amount>;
}

/** `earlier` are the fusions of earlier rounds. */
export async function transformModel(
  artifacts: ModelArtifacts,
  options: TfjsOptions,
  earlier: readonly Fusion[] = [],
): Promise<Transformed> {
  const made = nodesMade(earlier);
  const store = await readWeights(artifacts);
  const model = openModel(artifacts, store, options);
  await options.onProgress?.({ stage: 'read', done: 1, total: 1 });
  const selection = selectNodes(model.views, options);
  const edits: ViewEdits[] = [];
  const reports: ViewReport[] = [];
  for (const view of model.views) {
    const { edits: own, report } = await transformView(view, selection, options, made);
    edits.push(own);
    reports.push(report);
  }
  const changed = reports.some(({ fusions }) => fusions.length > 0);
  const next = changed
    ? rebuild(artifacts, model.rebuild(edits), store, edits, model.removedWeights(edits))
    : artifacts;
  const report = reportOf(reports, model.format, artifacts, next);
  const gone = new Map(reports.flatMap((own) => own.gone));
  return { artifacts: next, report: { ...report, unmatchedPatterns: selection.unmatched }, gone };
}

/** The same artifacts with another topology and other weights. What was trained with them is not kept: there are other weights now. */
function rebuild(
  artifacts: ModelArtifacts,
  modelTopology: object,
  store: WeightStore,
  edits: readonly ViewEdits[],
  removed: ReadonlySet<string>,
): ModelArtifacts {
  const added = edits.flatMap(({ inserted }) => inserted.flatMap(({ part }) => part.weights));
  const names = new Set(added.map(({ spec }) => spec.name));
  const kept = [...store.values()].filter(({ spec }) => !removed.has(spec.name) && !names.has(spec.name));
  const weights = [...kept, ...added];
  const { getWeightStream: _, ...rest } = artifacts;
  return {
    ...rest,
    modelTopology,
    weightSpecs: weights.map(({ spec }): WeightSpec => spec),
    weightData: joinBytes(weights.map(({ bytes }) => bytes)).buffer,
  };
}

function reportOf(
  reports: readonly ViewReport[],
  format: Report['format'],
  before: ModelArtifacts,
  after: ModelArtifacts,
): Omit<Report, 'unmatchedPatterns'> {
  const sum = (key: 'before' | 'after') => addAmounts(reports.map((report) => report[key]));
  const producer = [before.generatedBy, before.convertedBy].filter((text) => typeof text === 'string' && text !== '');
  return {
    format,
    fusions: reports.flatMap(({ fusions }) => fusions),
    refusals: reports.flatMap(({ refusals }) => refusals),
    before: summarize(
      sum('before'),
      before,
      reports.flatMap(({ typesBefore }) => typesBefore),
    ),
    after: summarize(
      sum('after'),
      after,
      reports.flatMap(({ typesAfter }) => typesAfter),
    ),
    producer: producer.join(', '),
    assumedSizes: Object.assign({}, ...reports.map(({ assumed }) => assumed)),
  };
}

function summarize(
  amount: Amount,
  artifacts: ModelArtifacts,
  types: readonly { readonly opType: string }[],
): ModelSummary {
  return { ...amount, bytes: artifactBytes(artifacts), operatorCounts: countTypes(types) };
}

/** Topology and weight list as JSON, and the weight data. */
function artifactBytes({ modelTopology, weightSpecs = [], weightData = [] }: ModelArtifacts): number {
  const data = (Array.isArray(weightData) ? weightData : [weightData]).reduce(
    (sum, { byteLength }) => sum + byteLength,
    0,
  );
  return data + JSON.stringify({ modelTopology, weightSpecs }).length;
}
