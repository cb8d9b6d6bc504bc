/** The diverse branch block as stock layers: arXiv:2103.13425. */
import { type BlockShape, checkChannels } from './block-options.ts';
import { BLOCK_INPUT, type BlockPlan, PlanWriter } from './block-plan.ts';
import { writeActivation } from './plan-rep-block.ts';

/**
 * A kxk, a 1x1, a 1x1 before a kxk, and a 1x1 before an average, each normalized. The last two read zeros around the input, so what their
 * first normalization makes of zero surrounds what the second operator reads, as in the paper.
 *
 * @throws ShapeError where the block does not fit that many channels.
 */
export function planDiverseBranches(subject: string, shape: BlockShape, channels: number): BlockPlan {
  checkChannels(subject, shape, channels);
  const writer = new PlanWriter(shape);
  const kernel = shape.kernels[0]!;
  const point = [1, 1] as const;
  const { filters, stride, groups, useBias } = shape;
  const conv = { filters, channels, stride, groups, useBias };
  const plain = (name: string, size: readonly [number, number]) =>
    writer.norm(`${name}_norm`, writer.conv(`${name}_conv`, BLOCK_INPUT, { ...conv, kernel: size, padding: 'half' }));
  const inner = (name: string, width: number) => {
    const before = { ...conv, filters: width, stride: 1, kernel: point, padding: 'none' } as const;
    const input = writer.conv(`${name}_point`, writer.pad(BLOCK_INPUT, kernel), before);
    return writer.norm(`${name}_point_norm`, input);
  };
  const product = writer.conv('stacked_conv', inner('stacked', channels), { ...conv, kernel, padding: 'none' });
  const pool = { poolSize: kernel, strides: [stride, stride], padding: 'valid' };
  const average = writer.add('average_pool', 'AveragePooling2D', [inner('average', filters)], pool);
  const branches = [
    plain('kernel', kernel),
    plain('point', point),
    writer.norm('stacked_norm', product),
    writer.norm('average_norm', average),
  ];
  writeActivation(writer, writer.sum(branches, 'sum'), shape.activation);
  return writer.layers;
}
