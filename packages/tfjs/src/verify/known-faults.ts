/** Kernels of TensorFlow.js that compute something else than their operators say. */
import { flagAttribute, stringsAttribute } from '../graph/attributes.ts';
import { isGraphTopology, readNodes } from '../graph/node-def.ts';
import type { TfModelInput } from './runtime.ts';

/**
 * Why a model may give something else on this backend than on the others, as sentences; empty where nothing is known. On wasm `_FusedMatMul`
 * with a transposed operand adds the last element of the bias to all rows after the first.
 */
export function knownFaults(input: TfModelInput, backend: string): string[] {
  const { modelTopology } = 'artifacts' in input ? (input.artifacts as Topology) : (input as Topology);
  if (backend !== 'wasm' || !isGraphTopology(modelTopology)) return [];
  return readNodes(modelTopology)
    .filter(
      ({ op, attributes }) =>
        op === '_FusedMatMul' &&
        stringsAttribute(attributes, 'fused_ops')[0] === 'BiasAdd' &&
        ['transpose_a', 'transpose_b'].some((name) => flagAttribute(attributes, name, false)),
    )
    .map(({ name }) => `The wasm kernel of "${name}", a fused product with a transposed operand, adds a wrong bias.`);
}

interface Topology {
  readonly modelTopology?: unknown;
}
