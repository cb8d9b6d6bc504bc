/** Low-rank branches beside a layer on the same input, as LoRA (arXiv:2106.09685) puts them: any kinds of layers, any number of branches. */
import { definitionOn, type Graph, isDiagonal, type Operator, type ValueId } from '@reparam/core';
import type { OnnxNode } from '../proto/node.ts';
import { findingOf, type LintContext, type Rule } from './context.ts';
import type { Finding } from './finding.ts';

/** Linear operators from a source to a value, the first applied first. */
interface Path {
  readonly source: ValueId;
  readonly products: readonly Operator[];
  /** Values on the way, the source not among them. */
  readonly values: readonly ValueId[];
}

/** Sums of more paths, and longer paths, are no adapters. */
const MOST_PATHS = 32;
const MOST_STEPS = 24;

export const findUnmergedAdapters: Rule = (context) => {
  const { graph } = context;
  const known = new Set<ValueId>();
  const findings: Finding[] = [];
  graph.values.forEach(({ definitions }, value) => {
    for (const { axis, terms } of definitions) {
      if (terms.length < 2) continue;
      const paths = tracePaths(graph, value, axis, 0);
      for (const path of paths) {
        const rank = rankOf(path);
        if (rank === null || known.has(path.values[0]!) || !paths.some((other) => isBase(other, path))) continue;
        known.add(path.values[0]!);
        findings.push(...describe(context, path, rank));
      }
    }
  });
  return findings;
};

/** Channels in the middle of two products or more; null where they are as many as before or behind them. */
function rankOf({ products: [first, ...others] }: Path): number | null {
  if (!first || others.length === 0) return null;
  const rank = Math.min(...others.map((product) => product.inChannels));
  return rank < Math.min(first.inChannels, others.at(-1)!.outChannels) ? rank : null;
}

/** The layer that a low-rank branch is put beside: one product on the same input. */
function isBase(other: Path, { source }: Path): boolean {
  return other.source === source && other.products.length === 1;
}

/** Every way from a source to a value, through sums. */
function tracePaths(graph: Graph, value: ValueId, axis: number, depth: number): Path[] {
  const affine = definitionOn(graph.values[value]!.definitions, axis);
  if (!affine || depth > MOST_STEPS) return [{ source: value, products: [], values: [] }];
  const paths: Path[] = [];
  for (const { operator, value: before } of affine.terms) {
    if (graph.values[before]!.isOnes) continue;
    for (const path of tracePaths(graph, before, axis, depth + 1)) {
      const products = isDiagonal(operator.support) ? path.products : [...path.products, operator];
      paths.push({ source: path.source, products, values: [...path.values, value] });
      if (paths.length >= MOST_PATHS) return paths;
    }
  }
  return paths;
}

function describe({ scope, graph }: LintContext, path: Path, rank: number): Finding[] {
  const [from, to] = [path.products[0]!.inChannels, path.products.at(-1)!.outChannels];
  const nodes = path.values.flatMap((value): OnnxNode[] => {
    const node = scope.producers.get(graph.values[value]!.name);
    return node && graph.values[value]!.definitions[0]!.terms.length === 1 ? [node] : [];
  });
  return findingOf(
    'unmerged-adapter',
    'warning',
    nodes,
    `a branch of rank ${rank} stands beside a layer of ${from} -> ${to} channels: a low-rank adapter (LoRA) that is not merged`,
    'reparam convert merges it; or merge it before exporting, as merge_and_unload() of PEFT does',
  );
}
