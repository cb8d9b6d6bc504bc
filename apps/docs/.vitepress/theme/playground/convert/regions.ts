/** Regions of a model: fusions, and those that later ones go on with, as one. */
import type { ConversionReport, NodeReference } from '@reparam/core/convert';

export interface Region {
  /** Places in `report.fusions`. */
  readonly fusions: readonly number[];
  /** The nodes of the first model that are gone. */
  readonly nodes: readonly NodeReference[];
  /** The nodes that stand for them in the last. */
  readonly into: readonly NodeReference[];
  /** The value that both compute. */
  readonly name: string;
}

/** How nodes are told apart: the reports' names may repeat in a file, and then mean every node of that name and kind. */
export const keyOf = ({ name, opType }: NodeReference): string => `${opType}\n${name}`;

export function findRegions({ fusions }: Pick<ConversionReport, 'fusions'>): Region[] {
  const regions: { fusions: number[]; nodes: NodeReference[]; into: NodeReference[]; name: string }[] = [];
  const makers = new Map<string, number>();
  fusions.forEach(({ name, nodes, into }, place) => {
    const earlier = [...new Set(nodes.flatMap((node) => makers.get(keyOf(node)) ?? []))].sort((a, b) => a - b);
    const [at = regions.length] = earlier;
    const region = regions[at] ?? { fusions: [], nodes: [], into: [], name };
    regions[at] = region;
    for (const other of earlier.slice(1)) {
      const { fusions: own, nodes: gone, into: made } = regions[other]!;
      region.fusions.push(...own);
      region.nodes.push(...gone);
      region.into.push(...made);
      for (const node of made) makers.set(keyOf(node), at);
      regions[other] = { fusions: [], nodes: [], into: [], name: '' };
    }
    const replaced = new Set(nodes.map(keyOf));
    const inner = new Set(region.into.map(keyOf));
    region.fusions.push(place);
    region.name = name;
    region.nodes.push(...nodes.filter((node) => !inner.has(keyOf(node))));
    region.into = [...region.into.filter((node) => !replaced.has(keyOf(node))), ...into];
    for (const node of into) makers.set(keyOf(node), at);
  });
  return regions.filter((region) => region.fusions.length > 0);
}
