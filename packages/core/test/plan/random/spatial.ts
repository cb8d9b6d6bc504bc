/** Instructions on maps: values that have axes beside their channels. */
import type { ValueId } from '../../../src/index.ts';
import type { GraphBuilder } from '../../graph-builder.ts';
import { block, sparseConv, splitBlock } from './blocks.ts';
import type { Instruction } from './program.ts';

/** The value that the instruction makes of x; null where it does not fit. */
export function runSpatial(builder: GraphBuilder, x: ValueId, kind: Instruction['kind'], p: readonly number[]) {
  const shape = builder.shapeOf(x);
  const channels = shape[1] as number;
  const rank = shape.length - 2;
  const groups = [1, 1, 2, channels, 1, 3][p[0]!]!;
  const fits = channels % groups === 0 ? groups : 1;
  const fit = <T extends ValueId>(id: T) => (hasOutputs(builder, id) ? id : null);
  const list = (from: number) => Array.from({ length: rank }, (_, index) => p[(from + index) % 8]!);
  switch (kind) {
    case 'conv':
      return builder.conv(x, { kernel: [1, 3, 1, 3, 5, 1][p[1]!]!, groups: fits, bias: p[2]! < 3 });
    case 'anyConv':
      return fit(
        builder.conv(x, {
          kernel: list(1).map((k) => 1 + (k % 4)),
          dilation: 1 + (p[3]! % 2),
          stride: p[4]! < 4 ? 1 : 2,
          padding: list(5).map((n) => (n % 5) - 1),
          padEnd: list(6).map((n) => (n % 5) - 1),
          out: fits * (1 + (p[2]! % 3)),
          groups: fits,
          bias: p[0]! % 2 === 0,
        }),
      );
    case 'depthwise':
      return builder.depthwise(x, {
        kernel: [1, 3, 5, 3, 1, 3][p[1]!]!,
        dilation: p[2]! === 0 ? 2 : 1,
        bias: p[3]! < 2,
      });
    case 'sparseConv':
      return sparseConv(builder, x, p);
    case 'pool':
      return fit(
        builder.averagePool(x, 1 + (p[1]! % 3), { padding: p[2]! < 3 ? 0 : 'same', stride: p[3]! < 4 ? 1 : 2 }),
      );
    case 'pad':
      return builder.pad(
        x,
        list(1).map((n) => n % 3),
        list(3).map((n) => n % 3),
      );
    case 'crop':
      return fit(
        builder.pad(
          x,
          list(1).map((n) => -(n % 2)),
          list(3).map((n) => -(n % 2)),
        ),
      );
    case 'stride':
      return builder.conv(x, { kernel: 1 + 2 * (p[1]! % 2), stride: 2, groups: fits, bias: p[2]! < 2 });
    case 'transposed':
      return channels > 8 || tooLarge(builder, x)
        ? null
        : fit(
            builder.transposed(x, {
              kernel: 1 + (p[1]! % 3),
              stride: 1 + (p[2]! % 2),
              padding: p[3]! % 2,
              groups: fits,
              bias: p[4]! < 2,
            }),
          );
    case 'upAndDown': {
      if (tooLarge(builder, x)) return null;
      const up = { kernel: 2, stride: 2, groups: fits };
      const parts = [builder.transposed(x, { ...up, bias: p[1]! < 2 }), builder.transposed(x, up)];
      return sameShapes(builder, parts) ? builder.scaleNorm(builder.add(...parts)) : null;
    }
    case 'block':
      return block(builder, x, fits, p);
    default:
      return splitBlock(builder, x, p);
  }
}

function tooLarge(builder: GraphBuilder, x: ValueId): boolean {
  return builder.shapeOf(x).some((size) => typeof size === 'number' && size > 12);
}

function sameShapes(builder: GraphBuilder, ids: readonly ValueId[]): boolean {
  return new Set(ids.map((id) => JSON.stringify(builder.shapeOf(id)))).size === 1;
}

function hasOutputs(builder: GraphBuilder, id: ValueId): boolean {
  if (builder.shapeOf(id).every((size) => typeof size !== 'number' || size >= 1)) return true;
  builder.values.pop();
  return false;
}
