/** RepMixer, the token mixer of FastViT, as stock layers: arXiv:2303.14189. */
import type { BlockShape } from './block-options.ts';
import { BLOCK_INPUT, type BlockPlan, PlanWriter } from './block-plan.ts';
import { writeActivation, writeBranches } from './plan-rep-block.ts';

/**
 * `x + scale * (branches(x) - norm(x))`. There is no layer that subtracts: a normalization whose gamma starts at -1 is the negative of one
 * that starts at 1, and trains as that one does. The scale, one for each channel, is a depthwise 1x1 convolution.
 */
export function planRepMixer(shape: BlockShape, layerScale: number | null, channels: number): BlockPlan {
  const writer = new PlanWriter(shape);
  const mixed = writeBranches(writer, shape, channels);
  const negative = writer.norm('negative_norm', BLOCK_INPUT, constant(-1));
  if (layerScale === null) {
    writer.add('mix', 'Add', [BLOCK_INPUT, mixed, negative]);
  } else {
    const difference = writer.add('difference', 'Add', [mixed, negative]);
    const config = { kernelSize: 1, useBias: false, depthwiseInitializer: constant(layerScale) };
    writer.add('mix', 'Add', [BLOCK_INPUT, writer.add('scale', 'DepthwiseConv2D', [difference], config)]);
  }
  writeActivation(writer, 'mix', shape.activation);
  return writer.layers;
}

function constant(value: number): unknown {
  return { className: 'Constant', config: { value } };
}
