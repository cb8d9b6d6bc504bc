/** The graphs of a model by their places: the main one, bodies of control flow, and functions. */
import {
  type ConversionReport,
  type GraphStructure,
  type InnerStructure,
  type ModelStructure,
  type NodeReference,
  nodeKey,
} from '@reparam/core/convert';

/** A step of the way from the main graph to one inside of it. */
export interface Crumb {
  /** The node that runs it, or the function. */
  readonly owner: string;
  readonly place: string;
  /** All bodies of the owner, for one to be chosen; a function has none. */
  readonly bodies: readonly { readonly role: string; readonly place: string }[];
}

/** In which graph each region and each refusal is. */
export interface Whereabouts {
  readonly regions: readonly string[];
  readonly refusals: readonly string[];
}

/** A node's or value's name in its graph: reports put the place before it. */
export function nameWithin(place: string, name: string): string {
  const before = `${place}: `;
  return place !== '' && name.startsWith(before) ? name.slice(before.length) : name;
}

export function graphAt(model: ModelStructure, place: string): GraphStructure | undefined {
  return place === '' ? model : innerAt(model, place);
}

function innerAt({ inner = [] }: ModelStructure, place: string): InnerStructure | undefined {
  return inner.find((one) => one.place === place);
}

/** From the main graph, which is not part of it, to the one at `place`. */
export function trailTo(model: ModelStructure, place: string): Crumb[] {
  const trail: Crumb[] = [];
  for (let at = innerAt(model, place); at; at = innerAt(model, at.around)) {
    const { owner, around, role, place: own } = at;
    const siblings = (model.inner ?? []).filter((one) => one.around === around && one.owner === owner);
    const bodies = role === '' ? [] : siblings.map((one) => ({ role: one.role, place: one.place }));
    trail.unshift({ owner, place: own, bodies });
  }
  return trail;
}

/** A place that is in none of the graphs counts as the main one. */
export function locate(
  models: readonly ModelStructure[],
  { fusions, refusals }: Pick<ConversionReport, 'fusions' | 'refusals'>,
): Whereabouts {
  const places = new Map<string, string>();
  for (const { inner = [] } of models)
    for (const { place, nodes } of inner) for (const node of nodes) places.set(nodeKey(node), place);
  const find = (nodes: readonly NodeReference[]) =>
    nodes.map((node) => places.get(nodeKey(node))).find((place) => place !== undefined) ?? '';
  return {
    regions: fusions.map(({ nodes, into }) => find([...nodes, ...into])),
    refusals: refusals.map(({ nodes }) => find(nodes.slice(-1))),
  };
}

/** How many regions and refusals are in the graphs at these places, and in those inside of them. */
export function countInside(
  model: ModelStructure,
  opens: readonly string[],
  { regions, refusals }: Whereabouts,
): { readonly merged: number; readonly refused: number } {
  const inside = new Set(opens);
  // Each is behind the one around it.
  for (const { place, around } of model.inner ?? []) if (inside.has(around)) inside.add(place);
  const count = (places: readonly string[]) => places.filter((place) => inside.has(place)).length;
  return { merged: count(regions), refused: count(refusals) };
}
