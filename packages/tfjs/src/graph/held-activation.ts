/** Activations behind a product that are faster within it, on every backend: ReLU and ReLU6, also where they are clips to constants. */
import type { NodeDef } from './node-def.ts';
import type { GraphScope } from './scope.ts';

/** What a node makes of the activation before it (null for none); null where a product does not hold that. */
export function heldActivation(before: string | null, node: NodeDef, scope: GraphScope): string | null {
  if (before !== null && before !== 'Relu' && before !== 'Relu6') return null;
  if (node.op === 'Relu') return before ?? 'Relu';
  if (node.op === 'Relu6') return 'Relu6';
  const bound = boundOf(node, scope);
  if (bound === null) return null;
  if (node.op === 'Maximum' && bound === 0) return before ?? 'Relu';
  return node.op === 'Minimum' && bound === 6 && before !== null ? 'Relu6' : null;
}

/** The constant of a Maximum or Minimum with a scalar. */
function boundOf({ inputs }: NodeDef, scope: GraphScope): number | null {
  const place = inputs.findIndex((name) => scope.constant(name) !== undefined);
  const constant = scope.constant(inputs[place] ?? '');
  return constant?.dims.length === 0 ? (scope.numbers(inputs[place])?.[0] ?? null) : null;
}
