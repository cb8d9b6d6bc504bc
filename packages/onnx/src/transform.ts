/** The conversion: regions, plans, fusions, and the patch they make. */
import { nodesMade } from '@reparam/core/convert';
import { assumeSizes } from './amounts.ts';
import type { Region } from './analysis/region.ts';
import { type Conversion, describeFusions, describeRefusals, measureGone } from './describe.ts';
import type { FusedRegion } from './fuse-region.ts';
import type { ReparameterizeOptions } from './options.ts';
import { type Patched, patchRegions } from './patch.ts';
import type { PlannedRegion } from './plan-region.ts';
import { planRegions } from './plan-regions.ts';
import type { OnnxModel } from './proto/model.ts';
import type { ModelPatch } from './proto/write.ts';
import type { Amount, Fusion, Report } from './report.ts';
import { summarizeModels } from './summarize.ts';

export interface Transformed {
  readonly patch: ModelPatch;
  /** Complete but for the size of the new file. */
  readonly report: Report;
  /** Names of values that are new, or read by others than before; undefined where all is to be looked at again. */
  readonly touched: ReadonlySet<string> | undefined;
  /** Nodes that are gone, of those that earlier rounds made. */
  readonly gone: ReadonlyMap<string, Amount>;
}

/** What earlier rounds did. */
export interface Earlier {
  /** There is nothing to find but near these values. */
  readonly touched: ReadonlySet<string> | undefined;
  readonly fusions: readonly Fusion[];
}

/** One round. */
export async function transformModel(
  model: OnnxModel,
  options: ReparameterizeOptions,
  earlier?: Earlier,
): Promise<Transformed> {
  const { planned, selection } = await planRegions(model, options, earlier?.touched);
  const fused = await fuseRegions(model, planned, options);
  const { patch, patched } = patchRegions(fused);
  const assumed = assumeSizes(planned[0]!.region.scope);
  const conversions = fused.map(
    (region): Conversion => ({ ...withoutGone(region, patched), border: options.border, assumed }),
  );
  const made = nodesMade(earlier?.fusions ?? []);
  const report = { ...describe(model, conversions), unmatchedPatterns: selection.unmatched };
  const gone = new Map(conversions.flatMap((conversion) => measureGone(conversion, made)));
  const touched =
    report.fusions.length > 0
      ? (await import('./touched-names.ts')).touchedNames(fused, patched, options.shapes)
      : undefined;
  return { patch, report, touched, gone };
}

/** What writes is loaded where something is to be written. */
async function fuseRegions(
  model: OnnxModel,
  planned: readonly PlannedRegion[],
  options: ReparameterizeOptions,
): Promise<FusedRegion[]> {
  if (planned.every(({ plan }) => plan.rewrites.length === 0))
    return planned.map((region) => ({ ...region, fused: new Map() }));
  const fusing = await import('./fuse-regions.ts');
  return fusing.fuseRegions(model, planned, options);
}

function describe(model: OnnxModel, conversions: readonly Conversion[]): Omit<Report, 'unmatchedPatterns'> {
  const fusions = new Map(conversions.map((conversion) => [conversion, describeFusions(conversion)]));
  return {
    fusions: [...fusions.values()].flat(),
    refusals: conversions.flatMap(describeRefusals),
    ...summarizeModels(model, conversions, fusions),
    assumedSizes: conversions[0]!.assumed,
    producer: model.producer,
    opset: model.opsets.get('') ?? 1,
  };
}

/** What was done in a region; nothing in a body whose node is gone, and with it all of its nodes. */
function withoutGone(
  fused: FusedRegion,
  patched: ReadonlyMap<Region, Patched>,
): FusedRegion & Pick<Conversion, 'removed'> {
  const isGone = ({ around }: Region): boolean =>
    around !== null && (patched.get(around.region)!.removed.has(around.node) || isGone(around.region));
  if (!isGone(fused.region)) return { ...fused, removed: patched.get(fused.region)!.removed };
  return { ...fused, fused: new Map(), aliases: new Map(), removed: new Set(fused.region.scope.nodes) };
}
