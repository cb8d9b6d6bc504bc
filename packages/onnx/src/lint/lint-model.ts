/** lintModel: what in a model does needless work, is not meant for deployment, or an exporter's setting would have avoided. */
import { analyzeModel } from '../analyze-model.ts';
import { type ReparameterizeOptions, throwIfAborted } from '../options.ts';
import { type OnnxModel, openModel } from '../proto/model.ts';
import { bytesSource } from '../proto/source.ts';
import type { Rule } from './context.ts';
import { findDuplicateBranches } from './duplicate-branches.ts';
import { findOverridableWeights, findUnfoldedConstants } from './export-settings.ts';
import { type Finding, SEVERITIES } from './finding.ts';
import { findLinearActivations, findUnreadNodes, findZeroBranches } from './needless-nodes.ts';
import { findNeedlessNorms, findTrainingMode, findUnfoldedNorms } from './normalizations.ts';
import { findUnmergedAdapters } from './unmerged-adapters.ts';

export type LintOptions = Pick<ReparameterizeOptions, 'shapes' | 'onProgress' | 'signal'>;

const RULES: readonly Rule[] = [
  findTrainingMode,
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
 * Findings about the main graph of an ONNX model, the gravest first. Reads every weight once.
 *
 * @throws FormatError where the file is damaged or no ONNX model.
 * @example
 * for (const { severity, code, message, hint } of await lintModel(bytes)) console.log(severity, code, message, hint);
 */
export async function lintModel(input: Uint8Array | OnnxModel, options: LintOptions = {}): Promise<Finding[]> {
  const model = input instanceof Uint8Array ? await openModel(bytesSource(input)) : input;
  const { scope, modelGraph } = await analyzeModel(model, options.shapes);
  const context = { scope, ...modelGraph };
  const findings: Finding[] = [];
  for (const [index, rule] of RULES.entries()) {
    throwIfAborted(options);
    findings.push(...(await rule(context)));
    await options.onProgress?.({ stage: 'lint', done: index + 1, total: RULES.length });
  }
  const gravity = ({ severity }: Finding) => SEVERITIES.indexOf(severity);
  return findings.sort((a, b) => gravity(a) - gravity(b));
}
