/** lintModel: what in a model does needless work, is not meant for deployment, or an exporter's setting would have avoided. */
import { valuesBeforeQuantizers } from '../analysis/quantizers.ts';
import { buildGraph } from '../build-graph.ts';
import { nameIn } from '../names.ts';
import { openRegions } from '../open-regions.ts';
import { type ReparameterizeOptions, throwIfAborted } from '../options.ts';
import { type OnnxModel, openModel } from '../proto/model.ts';
import { bytesSource } from '../proto/source.ts';
import type { Rule } from './context.ts';
import { findDuplicateBranches } from './duplicate-branches.ts';
import { findOverridableWeights, findUnfoldedConstants } from './export-settings.ts';
import { type Finding, SEVERITIES } from './finding.ts';
import { findLinearActivations, findUnreadNodes, findZeroBranches } from './needless-nodes.ts';
import { findNeedlessNorms, findUnfoldedNorms } from './normalizations.ts';
import { findRandomValues, findTrainingMode } from './training.ts';
import { findUnmergedAdapters } from './unmerged-adapters.ts';

export type LintOptions = Pick<ReparameterizeOptions, 'shapes' | 'runtime' | 'onProgress' | 'signal'>;

const RULES: readonly Rule[] = [
  findTrainingMode,
  findRandomValues,
  findOverridableWeights,
  findLinearActivations,
  findUnmergedAdapters,
  findDuplicateBranches,
  findZeroBranches,
  findNeedlessNorms,
  findUnfoldedNorms,
  findUnfoldedConstants,
  findUnreadNodes,
];

/**
 * Findings about an ONNX model, its bodies of control flow and its functions too; the gravest first. Reads every weight once.
 *
 * @throws FormatError where the file is damaged or no ONNX model.
 * @example
 * for (const { severity, code, message, hint } of await lintModel(bytes)) console.log(severity, code, message, hint);
 */
export async function lintModel(input: Uint8Array | OnnxModel, options: LintOptions = {}): Promise<Finding[]> {
  const model = input instanceof Uint8Array ? await openModel(bytesSource(input)) : input;
  const { evaluation, regions } = await openRegions(model, options);
  const quantized = valuesBeforeQuantizers(regions);
  const findings: Finding[] = [];
  for (const [index, { scope, place }] of regions.entries()) {
    throwIfAborted(options);
    const context = { scope, ...buildGraph(scope, evaluation, quantized.get(scope)) };
    for (const rule of RULES) findings.push(...(await rule(context)).map((finding) => atPlace(finding, place)));
    await options.onProgress?.({ stage: 'lint', done: index + 1, total: regions.length });
  }
  const gravity = ({ severity }: Finding) => SEVERITIES.indexOf(severity);
  return findings.sort((a, b) => gravity(a) - gravity(b));
}

function atPlace(finding: Finding, place: string): Finding {
  return { ...finding, nodes: finding.nodes.map(({ name, opType }) => ({ name: nameIn(place, name), opType })) };
}
