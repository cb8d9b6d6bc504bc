/** Real models with one thing changed. */

import { encodeElements } from '../../src/elements/encode.ts';
import { openModelFile } from '../../src/files/model-files.ts';
import { collectChunks } from '../../src/proto/chunks.ts';
import { writeModel } from '../../src/proto/write.ts';

/** A model with other values in the first constant that the node at an index, or a later one, reads; and what the values of that node are called. */
export async function replaceInitializer(
  path: string,
  from: number,
  change: (values: Float64Array) => Float64Array,
): Promise<{ readonly bytes: Uint8Array; readonly values: readonly string[] }> {
  const model = await openModelFile(path);
  const { nodes, initializers } = model.graph;
  const node = nodes.slice(from).find(({ inputs }) => inputs.some((input) => initializers.has(input)))!;
  const tensor = initializers.get(node.inputs.find((input) => initializers.has(input))!)!;
  await tensor.load();
  const { bytes } = encodeElements(change(Float64Array.from(tensor.values())), tensor.dataType);
  const chunks = writeModel(model, {
    removeNodes: new Set(),
    insertNodes: [],
    removeInitializers: new Set([tensor.name]),
    addInitializers: [{ name: tensor.name, dataType: tensor.dataType, dims: tensor.dims, bytes }],
    removeValueInfos: new Set(),
  });
  const patched = await collectChunks(chunks);
  model.close();
  return { bytes: patched, values: node.outputs };
}
