/** What a setting of the exporter would have avoided: weights that callers may override, and constants computed anew in each run. */
import { isRandom } from '../analysis/random.ts';
import { FIRST_WITH_PLAIN_INITIALIZERS } from '../analysis/scope.ts';
import type { OnnxNode } from '../proto/node.ts';
import { findingOf, type LintContext, type Rule } from './context.ts';

export const findOverridableWeights: Rule = ({ scope }) => {
  const { overridable, model } = scope;
  const nodes = scope.nodes.filter(({ inputs }) => inputs.some((name) => overridable.has(name)));
  const old = model.irVersion < FIRST_WITH_PLAIN_INITIALIZERS;
  return findingOf(
    'overridable-weights',
    'warning',
    nodes,
    `${overridable.size === 1 ? '1 initializer is a graph input' : `${overridable.size} initializers are graph inputs`} too, so a caller may override what is stored, and neither runtimes nor converters may fold it`,
    old
      ? `files of IR version ${model.irVersion} know no others: convert with --freeze-weights (freezeWeights: true) if no caller does, or export with opset 9 or later`
      : 'convert with --freeze-weights (freezeWeights: true) if no caller does, or export with keep_initializers_as_inputs=False (torch.onnx.export)',
  );
};

export const findUnfoldedConstants: Rule = (context) => {
  const nodes = constantNodes(context);
  return findingOf(
    'unfolded-constants',
    'info',
    nodes,
    `${nodes.length === 1 ? `${nodes[0]!.opType} computes` : `${nodes.length} operators compute`} constants from constants`,
    'export with do_constant_folding=True (torch.onnx.export); reparam convert folds those that a fusion needs',
  );
};

/** Constant is one, and Identity is how exporters write a weight that is used twice. */
const PLAIN: ReadonlySet<string> = new Set(['Constant', 'ConstantOfShape', 'Identity']);

/** Nodes that read nothing but constants, whether this program can compute them or not. */
function constantNodes({ scope }: LintContext): OnnxNode[] {
  const { initializers, sparseInitializers } = scope.graph;
  const fixed = new Set(
    [...initializers.keys(), ...sparseInitializers.keys()].filter((name) => !scope.overridable.has(name)),
  );
  return scope.nodes.filter((node) => {
    const inputs = node.inputs.filter((name) => name !== '');
    const isFixed = node.captures.length === 0 && !isRandom(node) && inputs.every((name) => fixed.has(name));
    if (!isFixed || (inputs.length === 0 && node.opType !== 'Constant')) return false;
    for (const name of node.outputs) fixed.add(name);
    return !PLAIN.has(node.opType);
  });
}
