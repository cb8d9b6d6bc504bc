/** Several operators at once: structures of the field, and weights with zeros. */
import type { ValueId } from '../../../src/index.ts';
import type { GraphBuilder } from '../../graph-builder.ts';

/** A convolution with a zero rim, or with zeros between its taps, or only zeros. */
export function sparseConv(builder: GraphBuilder, x: ValueId, p: readonly number[]): ValueId {
  const shape = builder.shapeOf(x);
  const channels = shape[1] as number;
  const rank = shape.length - 2;
  const taps = 3 ** rank;
  const weight = Float64Array.from({ length: channels * channels * taps }, (_, index) => {
    const tap = index % taps;
    const isCentre = tap === (taps - 1) / 2;
    if (p[1]! < 2) return isCentre ? (p[2]! - 2.5) / 2 + (index % 5) : 0;
    return p[1] === 5 ? 0 : tap % 2 === 0 ? Math.sin(index + p[2]!) : 0;
  });
  return builder.conv(x, { kernel: 3, weight, bias: p[3]! < 2 });
}

/** Parallel branches that keep the shape, added up; sometimes normalized. */
export function block(builder: GraphBuilder, x: ValueId, groups: number, p: readonly number[]): ValueId {
  const branches = Array.from({ length: 2 + (p[1]! % 3) }, (_, index) => {
    switch (p[(index + 2) % 8]!) {
      case 0:
        return x;
      case 1:
        return builder.batchNorm(x);
      case 2:
        return builder.averagePool(x, 3, { padding: 'same' });
      case 3:
        return builder.conv(builder.conv(x, { groups }), { kernel: 3, groups, bias: true });
      case 4:
        return builder.batchNorm(builder.depthwise(x, { kernel: 3 }));
      default:
        return builder.batchNorm(builder.conv(x, { kernel: 1 + 2 * (p[index]! % 2), groups }));
    }
  });
  const sum = branches.reduce((a, b) => builder.add(a, b));
  return p[0]! < 2 ? builder.batchNorm(sum) : sum;
}

/** Split -> something on each part -> Concat, in order or not. */
export function splitBlock(builder: GraphBuilder, x: ValueId, p: readonly number[]): ValueId {
  const channels = builder.shapeOf(x)[1] as number;
  const parts = channels % 2 === 0 ? builder.split(x, p[0]! < 4 ? 2 : channels) : [x];
  const results = parts.map((part, index) => {
    const choice = p[(index % 4) + 1]!;
    if (choice === 0) return part;
    if (choice === 1) return builder.scale(part, builder.perChannel(part));
    if (choice === 2) return builder.shift(part, 0.5);
    return builder.conv(part, { kernel: choice === 5 ? 1 : 3, bias: choice === 4 });
  });
  return builder.concat(p[5] === 0 ? results.reverse() : results);
}
