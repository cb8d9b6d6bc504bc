/** The operators from sources to a value, whatever lies between, as one for each source: what the planner inlines, without a price. */
import { explainAdd } from '../algebra/add.ts';
import { explainCompose } from '../algebra/compose.ts';
import { definitionOn, type Graph, type Term, type ValueId } from '../graph.ts';
import { identity } from '../lift/identity.ts';
import type { Operator } from '../operator.ts';
import { isRefusal } from '../refusal.ts';

/** Without biases, by source. */
export type Collapsed = ReadonlyMap<ValueId, Operator>;

export interface CollapseOptions {
  readonly graph: Graph;
  readonly axis: number;
  /** Values whose definitions go into it. */
  readonly absorbed: ReadonlySet<ValueId>;
  /** What stands for an operator. Default: itself. */
  readonly replace?: (operator: Operator) => Operator;
  /** Values that are collapsed already. */
  readonly known?: ReadonlyMap<ValueId, Collapsed>;
}

/** null where operators on one source have no sum for every input; borders are taken to be checked. */
export function collapse(value: ValueId, options: CollapseOptions): Collapsed | null {
  const { graph, axis, absorbed, replace = (operator) => operator } = options;
  const known = new Map(options.known);
  const visit = (id: ValueId): Collapsed | null => {
    const before = known.get(id);
    if (before) return before;
    const affine = absorbed.has(id) ? definitionOn(graph.values[id]!.definitions, axis) : undefined;
    if (!affine) return new Map([[id, identity(graph.values[id]!.shape[axis] as number)]]);
    const parts: Term[] = [];
    for (const { operator, value: inner } of affine.terms) {
      if (graph.values[inner]!.isOnes) continue;
      const collapsed = visit(inner);
      if (!collapsed) return null;
      for (const [source, first] of collapsed) {
        const composed = explainCompose({ ...replace(operator), bias: null }, first, { interior: true });
        if (isRefusal(composed)) return null;
        parts.push({ operator: composed, value: source });
      }
    }
    const sum = sumBySource(parts, graph, axis);
    if (sum) known.set(id, sum);
    return sum;
  };
  return visit(value);
}

/** Terms on one source added up. */
export function sumBySource(terms: readonly Term[], graph: Graph, axis: number): Collapsed | null {
  const sums = new Map<ValueId, Operator>();
  for (const source of new Set(terms.map(({ value }) => value))) {
    const own = terms.filter(({ value }) => value === source).map(({ operator }) => operator);
    const size = axis === 1 ? graph.values[source]!.shape.slice(2) : [];
    const sum = explainAdd(own, size);
    if (isRefusal(sum)) return null;
    sums.set(source, sum);
  }
  return sums;
}
