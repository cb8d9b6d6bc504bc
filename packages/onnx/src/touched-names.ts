/** Which values a conversion leaves as they were. */
import type { Region } from './analysis/region.ts';
import type { Scope } from './analysis/scope.ts';
import type { FusedRegion } from './fuse-region.ts';
import type { Patched } from './patch.ts';

/**
 * Names of values that are new, or read by others than before: near all others, a second conversion finds what the first one found.
 * Undefined where a free size of an input was settled by an operator, which may be gone: it may be free again. Not where it was `given`.
 */
export function touchedNames(
  regions: readonly FusedRegion[],
  patched: ReadonlyMap<Region, Pick<Patched, 'patch' | 'removed'>>,
  given: Readonly<Record<string, unknown>> = {},
): ReadonlySet<string> | undefined {
  if (hasSettledInput(regions[0]!.region.scope, given)) return undefined;
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

function hasSettledInput(scope: Scope, given: Readonly<Record<string, unknown>>): boolean {
  return scope.graph.inputs.some(
    ({ name, dims }) =>
      !Object.hasOwn(given, name) &&
      scope.shape(name)?.some((size, axis) => typeof size === 'number' && typeof dims?.[axis] !== 'number'),
  );
}
