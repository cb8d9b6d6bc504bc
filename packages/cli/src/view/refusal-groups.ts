/** Equal refusals as one, with a count, so that a large model's stay readable. */

import type { NodeReference, Refused } from '@reparam/onnx';

export interface RefusalGroup extends Omit<Refused, 'nodes'> {
  /** The nodes of each refusal. */
  readonly places: readonly (readonly NodeReference[])[];
}

/** The most frequent first. Names and numbers in a message do not make it another one. */
export function groupRefusals(refusals: readonly Refused[]): RefusalGroup[] {
  const groups = new Map<string, { first: Refused; places: (readonly NodeReference[])[] }>();
  for (const refused of refusals) {
    const key = [refused.reason, generalize(refused.message), refused.hint].join('\n');
    const group = groups.get(key) ?? { first: refused, places: [] };
    group.places.push(refused.nodes);
    groups.set(key, group);
  }
  return [...groups.values()]
    .map(({ first: { reason, message, hint }, places }) => ({ reason, message, hint, places }))
    .sort((a, b) => b.places.length - a.places.length);
}

function generalize(message: string): string {
  return message.replace(/"[^"]*"/g, '"').replace(/\d+/g, '0');
}
