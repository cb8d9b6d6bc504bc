/** Rounds of a conversion as one: what a later round does with the nodes of an earlier one is part of that one's fusion. */
import { nodeKey } from '../convert/node-key.ts';
import type { Amount, Fusion } from '../convert/report.ts';

/**
 * Fusions from the nodes of the first model to those of the last, for fusions up to a round and those of the round. `gone` are the nodes,
 * of those that earlier rounds made, that are not in the model any more after it, and what each amounts to.
 */
export function joinFusions(
  earlier: readonly Fusion[],
  round: readonly Fusion[],
  gone: ReadonlyMap<string, Amount>,
): Fusion[] {
  const joined: (Fusion | null)[] = earlier.map((fusion) => withoutGone(fusion, gone));
  const makers = new Map<string, number>();
  for (const [place, { into }] of earlier.entries()) for (const node of into) makers.set(nodeKey(node), place);
  const made = new Set(makers.keys());
  for (const fusion of round) {
    const taken = fusion.nodes.map(nodeKey).filter((key) => made.has(key));
    const places = [...new Set(taken.map((key) => makers.get(key)!))].sort((a, b) => a - b);
    const parts = places.map((place) => joined[place]!);
    for (const place of places) joined[place] = null;
    const at = places[0] ?? joined.length;
    const nodes = fusion.nodes.filter((node) => !made.has(nodeKey(node)));
    const before = taken.reduce((sum, key) => add(sum, gone.get(key), -1), fusion.before);
    joined[at] = joinParts([...parts, { ...fusion, nodes, before }]);
    for (const [key, place] of makers) if (places.includes(place)) makers.set(key, at);
  }
  return joined.filter((fusion) => fusion !== null);
}

function withoutGone(fusion: Fusion, gone: ReadonlyMap<string, Amount>): Fusion {
  const dropped = fusion.into.filter((node) => gone.has(nodeKey(node)));
  if (dropped.length === 0) return fusion;
  const after = dropped.reduce((sum, node) => add(sum, gone.get(nodeKey(node)), -1), fusion.after);
  return { ...fusion, into: fusion.into.filter((node) => !gone.has(nodeKey(node))), after };
}

function joinParts(parts: readonly Fusion[]): Fusion {
  if (parts.length === 1) return parts[0]!;
  const sum = (key: 'before' | 'after') => parts.map((fusion) => fusion[key]).reduce((a, b) => add(a, b, 1));
  return {
    name: parts.at(-1)!.name,
    nodes: parts.flatMap(({ nodes }) => nodes),
    into: parts.flatMap(({ into }) => into),
    before: sum('before'),
    after: sum('after'),
    error: Math.max(...parts.map(({ error }) => error)),
    ...(parts.some(({ rounded }) => rounded) && { rounded: true as const }),
    proof: parts.reduce((a, b) => (share(b) < share(a) ? b : a)).proof,
    rounding: Math.max(...parts.map(({ rounding }) => rounding)),
  };
}

function share({ proof: { channels, totalChannels } }: Fusion): number {
  return totalChannels === 0 ? 1 : channels / totalChannels;
}

function add(a: Amount, b: Amount | undefined, sign: number): Amount {
  if (!b) return a;
  return {
    macs: a.macs === null || b.macs === null ? null : a.macs + sign * b.macs,
    parameters: a.parameters + sign * b.parameters,
    operators: a.operators + sign * b.operators,
  };
}
