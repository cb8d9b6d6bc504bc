/** Type-checked only: the portable entries in a strict project that has neither Node's types nor the DOM's. */
import { type Operator, type RepBlockWeights, repBlock, toConv } from '@reparam/core';
import { blobSource, openModel, type Report, reparameterize } from '@reparam/onnx';
import { type BlockKind, expandModel } from '@reparam/onnx/expand';
import { type Finding, lintModel } from '@reparam/onnx/lint';
import { measureQuantization } from '@reparam/onnx/quantization';
import { loadRuntime, type VerifyReport, verify } from '@reparam/onnx/verify';

const weights: RepBlockWeights = { branches: [{ weight: [1] }], skip: {} };
const block: Operator = repBlock(weights, { inChannels: 1, outChannels: 1, kernels: [1] });
export const kernel: readonly number[] = toConv(block).kernel;

export async function convertAndCompare(file: Parameters<typeof blobSource>[0]): Promise<[Report, VerifyReport]> {
  const { model, report } = await reparameterize(await openModel(blobSource(file)), { skip: ['Gemm'] });
  const runtime = await loadRuntime({ kind: 'web' });
  return [report, await verify(model, model, { runtime, ranges: { image: [0, 255] } })];
}

export async function expandAndLint(bytes: Uint8Array, block: BlockKind): Promise<readonly Finding[]> {
  const { model } = await expandModel(bytes, { block });
  const { layers } = await measureQuantization(model, { keep: ['norm'] });
  return layers.length > 0 ? lintModel(model) : [];
}

// @ts-expect-error Options are checked: there is no such one.
void reparameterize(new Uint8Array(0), { fuze: true });
// @ts-expect-error A path is not a model: that is `@reparam/onnx/node`.
void reparameterize('model.onnx');
