/** Activations that do nothing, layers whose weights are all zero, and nodes that no output needs. */
import { isIdentity } from '@reparam/core';
import type { OnnxNode } from '../proto/node.ts';
import { countOf, findingOf, type LintContext, type Rule, withValues } from './context.ts';

const ACTIVATIONS = ['LeakyRelu', 'PRelu'];

export const findLinearActivations: Rule = ({ scope, graph, ids }) => {
  const nodes = scope.nodes.filter(({ opType, outputs }) => {
    const [affine] = graph.values[ids.get(outputs[0] ?? '') ?? -1]?.definitions ?? [];
    return ACTIVATIONS.includes(opType) && affine !== undefined && isIdentity(affine.terms[0]!.operator);
  });
  return findingOf(
    'linear-activation',
    'warning',
    nodes,
    `${countOf(nodes, 'of slope 1 returns its input', 'of slope 1 return their input')}: no activation is left there`,
    'reparam convert removes it and merges what stands before and behind it',
  );
};

export const findZeroBranches: Rule = async (context) => {
  const nodes: OnnxNode[] = [];
  for (const node of context.scope.nodes) if (await isZero(node, context)) nodes.push(node);
  return findingOf(
    'zero-branch',
    'warning',
    nodes,
    `${countOf(nodes, 'multiplies', 'multiply')} by weights that are all zero: the input has no part in the output`,
    'check that it was trained; reparam convert removes it where it is added to others',
  );
};

async function isZero({ outputs }: OnnxNode, { graph, ids }: LintContext): Promise<boolean> {
  const [affine] = graph.values[ids.get(outputs[0] ?? '') ?? -1]?.definitions ?? [];
  const terms = affine?.terms.filter(({ value }) => !graph.values[value]!.isOnes) ?? [];
  if (terms.length !== 1) return false; // sums and moves
  const { weight } = terms[0]!.operator;
  if (weight.constant !== undefined) return weight.constant === 0;
  return withValues(weight, (values) => values.every((value) => value === 0));
}

export const findUnreadNodes: Rule = ({ scope }) => {
  const live = new Set(scope.outputs);
  const nodes: OnnxNode[] = [];
  for (const node of [...scope.nodes].reverse()) {
    if (node.outputs.some((name) => live.has(name)))
      for (const name of [...node.inputs, ...node.captures]) live.add(name);
    else nodes.push(node);
  }
  return findingOf(
    'unread-nodes',
    'info',
    nodes,
    `${countOf(nodes, 'feeds', 'feed')} no output of the model`,
    'leave the branch out before exporting: it is stored and loaded for nothing',
  );
};
