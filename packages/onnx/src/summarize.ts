/** The size of a model before and after: all of its regions together. */
import { addAmount, addMacs, measureNodes, sumOf } from './amounts.ts';
import type { Conversion } from './describe.ts';
import type { OnnxModel } from './proto/model.ts';
import type { OnnxNode } from './proto/node.ts';
import type { Amount, Fusion, ModelSummary } from './report.ts';

export function summarizeModels(
  model: OnnxModel,
  conversions: readonly Conversion[],
  fusions: ReadonlyMap<Conversion, readonly Fusion[]>,
): { before: ModelSummary; after: ModelSummary } {
  const bytes = fileSize(model, conversions);
  const nodesOf = ({ region }: Conversion) => region.scope.nodes;
  const keptOf = ({ region, removed }: Conversion) => region.scope.nodes.filter((node) => !removed.has(node));
  const added = conversions.flatMap(({ fused }) => [...fused.values()].flatMap(({ nodes }) => nodes));
  const [before, left] = [measureAll(conversions, nodesOf), measureAll(conversions, keptOf)];
  let after = left;
  for (const [{ region }, made] of fusions)
    for (const { into, after: amount } of made) if (into.length > 0) after = addAmount(after, amount, region.runs);
  const operators = (pick: typeof nodesOf) =>
    conversions.flatMap((conversion) => pick(conversion).filter((node) => isOperator(node, conversion)));
  return {
    before: { ...before, bytes, operatorCounts: countTypes(operators(nodesOf)) },
    after: { ...after, bytes, operatorCounts: countTypes([...operators(keptOf), ...added]) },
  };
}

/** Constants that regions share count once; those of one function are no other's. */
function measureAll(conversions: readonly Conversion[], pick: (conversion: Conversion) => readonly OnnxNode[]): Amount {
  let [macs, operators]: [number | null, number] = [0, 0];
  const constants = new Map<string, number>();
  for (const conversion of conversions) {
    const { region, assumed } = conversion;
    const measured = measureNodes(pick(conversion), region.scope, assumed);
    macs = addMacs(macs, measured.macs, region.runs);
    operators += measured.operators;
    const owner = ownerOf(conversion);
    for (const [name, count] of measured.constants) constants.set(`${owner}|${name}`, count);
  }
  return { macs, parameters: sumOf(constants.values()), operators };
}

/** The main graph, or the function, that a region is part of. */
function ownerOf({ region }: Conversion): string {
  let outermost = region;
  while (outermost.around) outermost = outermost.around.region;
  return outermost.place;
}

function isOperator(node: OnnxNode, { region }: Conversion): boolean {
  return !node.outputs.every((name) => region.scope.constant(name));
}

function fileSize({ source }: OnnxModel, conversions: readonly Conversion[]): number {
  const tensors = conversions.flatMap(({ region }) => [...region.scope.graph.initializers.values()]);
  return source.size + sumOf(tensors.map((tensor) => (tensor.external ? tensor.byteLength : 0)));
}

export function countTypes(nodes: readonly { readonly opType: string }[]): Record<string, number> {
  const counts = new Map<string, number>();
  for (const { opType } of nodes) counts.set(opType, (counts.get(opType) ?? 0) + 1);
  return Object.fromEntries([...counts].sort(([a, x], [b, y]) => y - x || (a < b ? -1 : 1)));
}
