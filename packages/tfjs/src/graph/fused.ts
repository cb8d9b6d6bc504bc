/** What operators that do several things at once do beside their product. */
import { stringsAttribute } from './attributes.ts';
import type { NodeDef } from './node-def.ts';

export const FUSED: ReadonlySet<string> = new Set(['_FusedConv2D', 'FusedDepthwiseConv2dNative', '_FusedMatMul']);

export interface Fused {
  readonly hasBias: boolean;
  /** As TensorFlow names it; null for none. */
  readonly activation: string | null;
}

/** null where TensorFlow.js does something else than the node says: it takes the first of the list for the bias, whatever it is. */
export function fusedOf(node: NodeDef): Fused | null {
  if (!FUSED.has(node.op)) return { hasBias: false, activation: null };
  const [first, second, ...more] = stringsAttribute(node.attributes, 'fused_ops');
  if (more.length > 0 || (first !== undefined && first !== 'BiasAdd' && first !== 'NoOp')) return null;
  return { hasBias: first === 'BiasAdd', activation: second ?? null };
}
