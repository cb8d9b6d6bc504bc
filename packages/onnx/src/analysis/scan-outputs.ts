/** What a Scan must be told of its body. */
import { rankedOutputField } from '../proto/new-parts.ts';
import type { Region } from './region.ts';
import { isStandard } from './scope.ts';

/**
 * Ranks of a Scan's body's outputs, as fields of the graph, where the file declares none. ONNX Runtime runs no Scan without: it infers
 * them, but what a fusion leaves may tell it less than what was there before, such as a Reshape to a list of sizes.
 */
export function scanOutputs({ scope, around }: Region): ReadonlyMap<string, Uint8Array> | undefined {
  if (around?.node.opType !== 'Scan' || !isStandard(scope.model, around.node)) return undefined;
  const fields = new Map<string, Uint8Array>();
  for (const { name, dims } of scope.graph.outputs) {
    const [rank, type] = [scope.shape(name)?.length, scope.elementType(name)];
    if (!dims && rank !== undefined && type > 0) fields.set(name, rankedOutputField(name, type, rank));
  }
  return fields.size > 0 ? fields : undefined;
}
