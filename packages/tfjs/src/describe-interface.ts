/** What a model takes and gives. */
import { formatSize } from '@reparam/core';
import type { ModelArtifacts } from './artifacts/model-artifacts.ts';
import { readWeights } from './artifacts/weight-store.ts';
import { openModel } from './convert/open-model.ts';

export interface ModelValue {
  readonly name: string;
  /** Sizes, or the names of open ones; null where even the rank is not known. */
  readonly shape: readonly (number | string)[] | null;
}

/**
 * Names and shapes of inputs and outputs.
 *
 * @throws FormatError as `reparameterizeArtifacts` does.
 */
export async function describeInterface(
  artifacts: ModelArtifacts,
): Promise<{ readonly inputs: readonly ModelValue[]; readonly outputs: readonly ModelValue[] }> {
  const [view] = openModel(artifacts, await readWeights(artifacts), {}).views;
  const describe = (name: string): ModelValue => ({
    name,
    shape: view!.shape(name)?.map((size) => (typeof size === 'number' ? size : formatSize(size))) ?? null,
  });
  return { inputs: view!.inputs.map(describe), outputs: [...view!.outputs].map(describe) };
}
