/** RepBlock as stock layers. */
import { type BlockShape, checkChannels } from './block-options.ts';
import { BLOCK_INPUT, type BlockPlan, PlanWriter } from './block-plan.ts';

/**
 * The sum of all branches and the activation, on `channels` input channels. A normalization before a padded convolution reads the padding
 * too, so that the convolution behind needs none: then both are one convolution exactly, along the border as well.
 *
 * @throws ShapeError where the block does not fit that many channels.
 */
export function planRepBlock(subject: string, shape: BlockShape, channels: number): BlockPlan {
  checkChannels(subject, shape, channels);
  const writer = new PlanWriter(shape);
  writeActivation(writer, writeBranches(writer, shape, channels), shape.activation);
  return writer.layers;
}

/** The sum of the branches, without the activation. */
export function writeBranches(writer: PlanWriter, shape: BlockShape, channels: number): string {
  const { kernels, norm, skip, filters, stride, groups, useBias } = shape;
  const conv = { filters, channels, stride, groups, useBias };
  const branches = kernels.map((kernel, index) => {
    const name = `branch_${index}`;
    if (norm === 'after')
      return writer.norm(
        `${name}_norm`,
        writer.conv(`${name}_conv`, BLOCK_INPUT, { ...conv, kernel, padding: 'half' }),
      );
    const normalized = writer.norm(`${name}_norm`, writer.pad(BLOCK_INPUT, kernel));
    return writer.conv(`${name}_conv`, normalized, { ...conv, kernel, padding: 'none' });
  });
  if (skip === 'norm') branches.push(writer.norm('skip_norm', BLOCK_INPUT));
  if (skip === 'identity') branches.push(BLOCK_INPUT);
  return writer.sum(branches, 'sum');
}

/** Always there, so that what a block is called has no weights of its own. */
export function writeActivation(writer: PlanWriter, input: string, activation: string): void {
  writer.add('activation', 'Activation', [input], { activation });
}
