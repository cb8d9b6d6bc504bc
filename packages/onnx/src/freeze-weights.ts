/** Weights that are graph inputs too, which a caller may override, become plain constants. */
import { FIRST_WITH_PLAIN_INITIALIZERS } from './analysis/scope.ts';
import { chunksSource } from './proto/chunks.ts';
import { type OnnxModel, openModel } from './proto/model.ts';
import { patchModel } from './proto/write.ts';

/** The model without these inputs, and how many they were. */
export async function freezeWeights(model: OnnxModel): Promise<{ readonly model: OnnxModel; readonly count: number }> {
  const { inputs, initializers, sparseInitializers } = model.graph;
  const isWeight = (name: string) => initializers.has(name) || sparseInitializers.has(name);
  const frozen = inputs.map(({ name }) => name).filter(isWeight);
  if (frozen.length === 0) return { model, count: 0 };
  const none = new Set<never>();
  const chunks = patchModel(model, {
    removeNodes: none,
    insertNodes: [],
    removeInitializers: none,
    addInitializers: [],
    removeValueInfos: none,
    removeInputs: new Set(frozen),
    irVersion: Math.max(model.irVersion, FIRST_WITH_PLAIN_INITIALIZERS),
  });
  const opened = await openModel(chunksSource(chunks), { external: model.externalFiles.resolver });
  return { model: opened, count: frozen.length };
}
