/** Which values a conversion leaves as they were. */
import type { Region } from './analysis/region.ts';
import type { FusedRegion } from './fuse-region.ts';
import type { Patched } from './patch.ts';

/** Names of values that are new, or read by others than before: near all others, a second conversion finds what the first one found. */
export function touchedNames(
  regions: readonly FusedRegion[],
  patched: ReadonlyMap<Region, Pick<Patched, 'patch' | 'removed'>>,
): ReadonlySet<string> {
  const touched = new Set<string>();
  for (const { region, aliases } of regions) {
    const { patch, removed } = patched.get(region)!;
    for (const { node } of patch.insertNodes) for (const name of [...node.inputs, ...node.outputs]) touched.add(name);
    for (const node of removed)
      for (const name of [...node.inputs, ...node.outputs, ...node.captures]) touched.add(name);
    for (const name of aliases.values()) touched.add(name);
    for (const { index, outputs } of region.scope.nodes)
      if (patch.renameInputs?.has(index)) for (const name of outputs) touched.add(name);
  }
  return touched;
}
