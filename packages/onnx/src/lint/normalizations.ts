/** Normalizations that do nothing, were never trained, or were not folded by the exporter. */
import { readArray } from '@reparam/core';
import { numbersOf } from '../analysis/constant.ts';
import type { Scope } from '../analysis/scope.ts';
import type { OnnxNode } from '../proto/node.ts';
import { countOf, findingOf, type LintContext, type Rule } from './context.ts';

/** Factors and shifts this near to 1 and 0 are what rounding and epsilon leave of them. */
const NEAR = 1e-5;

export const findNeedlessNorms: Rule = (context) => {
  const norms = normsOf(context);
  const initial = norms.filter((node) => isInitial(node, context.scope));
  const identical = norms.filter((node) => !initial.includes(node) && isIdentity(node, context));
  return [
    ...findingOf(
      'initial-norm',
      'warning',
      initial,
      `${countOf(initial, 'has', 'have')} mean 0, variance 1, scale 1 and shift 0, as before any training`,
      'check that the trained checkpoint was loaded before the export',
    ),
    ...findingOf(
      'identity-norm',
      'warning',
      identical,
      `${countOf(identical, 'returns its input', 'return their input')}: scale and shift undo mean and variance`,
      'reparam convert removes it where it stands beside or behind linear operators',
    ),
  ];
};

export const findUnfoldedNorms: Rule = (context) => {
  const { scope, graph, ids } = context;
  const readers = new Map<string, number>();
  for (const name of scope.nodes.flatMap(({ inputs, captures }) => [...inputs, ...captures]))
    readers.set(name, (readers.get(name) ?? 0) + 1);
  const nodes = normsOf(context).filter(({ inputs: [name = ''] }) => {
    const maker = scope.producers.get(name);
    const isProduct = maker?.opType === 'Conv' && graph.values[ids.get(name)!]!.definitions.length > 0;
    return isProduct && readers.get(name) === 1 && !scope.outputs.has(name);
  });
  return findingOf(
    'unfolded-norm',
    'info',
    nodes,
    `${countOf(nodes, 'stands', 'stand')} right behind a Conv that nothing else reads, into which an export in inference mode folds it`,
    'export with training=TrainingMode.EVAL; reparam convert folds it as well',
  );
};

/** Those in inference mode with constant parameters. */
function normsOf({ scope, graph, ids }: LintContext): OnnxNode[] {
  return scope.nodes.filter(
    ({ opType, outputs }) =>
      opType === 'BatchNormalization' && (graph.values[ids.get(outputs[0] ?? '') ?? -1]?.definitions.length ?? 0) > 0,
  );
}

function isInitial(node: OnnxNode, scope: Scope): boolean {
  return [1, 0, 0, 1].every((initial, place) =>
    numbersOf(scope.constant(node.inputs[place + 1] ?? ''))?.every((value) => value === initial),
  );
}

function isIdentity({ outputs }: OnnxNode, { graph, ids }: LintContext): boolean {
  const [affine] = graph.values[ids.get(outputs[0]!)!]!.definitions;
  const weight = affine!.terms[0]!.operator.weight;
  const isNear = (values: ArrayLike<number>, to: number) =>
    Array.from(values).every((value) => Math.abs(value - to) <= NEAR);
  return isNear(readArray(weight), 1) && (affine!.bias === null || isNear(readArray(affine!.bias), 0));
}
