/** Branches that compute the same from the same input. */
import { type Constant, isFloat } from '../analysis/constant.ts';
import type { Scope } from '../analysis/scope.ts';
import type { OnnxNode } from '../proto/node.ts';
import { findingOf, type LintContext, type Rule } from './context.ts';
import { findRepeats, type Repeats } from './value-numbers.ts';

export const findDuplicateBranches: Rule = async ({ scope }: LintContext) => {
  const repeats = await findRepeats(scope);
  const ends = lastRepeats(scope, repeats);
  return ends.flatMap((end) => {
    const nodes = branchOf(end, scope, repeats);
    if (!nodes.some(({ inputs }) => inputs.some((name) => isWeight(scope.constant(name))))) return [];
    const first = repeats.get(end)!;
    return findingOf(
      'duplicate-branch',
      'warning',
      [first, ...nodes],
      `${nodes.length === 1 ? `${end.opType} repeats` : `${nodes.length} operators repeat`} what "${first.outputs[0]}" computes already, with identical weights`,
      'compute it once; branches that are added, reparam convert merges. Identical weights were initialized alike or copied',
    );
  });
};

/** A scalar is none: exporters write many of the same, and moving data twice costs little too. */
function isWeight(constant: Constant | undefined): boolean {
  return constant !== undefined && isFloat(constant.dataType) && constant.values.length > 1;
}

/** Repeats that something reads that is no repeat itself. */
function lastRepeats(scope: Scope, repeats: Repeats): OnnxNode[] {
  const inner = new Set<string>();
  const outer = new Set(scope.outputs);
  for (const node of scope.nodes)
    for (const name of [...node.inputs, ...node.captures]) (repeats.has(node) ? inner : outer).add(name);
  return [...repeats.keys()].filter(({ outputs }) =>
    outputs.some((name) => outer.has(name) || (name !== '' && !inner.has(name))),
  );
}

/** The repeats that lead to one. */
function branchOf(end: OnnxNode, scope: Scope, repeats: Repeats): OnnxNode[] {
  const branch = new Set([end]);
  for (const node of branch) {
    for (const name of node.inputs) {
      const maker = scope.producers.get(name);
      if (maker && repeats.has(maker)) branch.add(maker);
    }
  }
  return [...branch];
}
