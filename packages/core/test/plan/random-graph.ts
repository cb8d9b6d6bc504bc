/** Random graphs of affine values, from a list of instructions that fast-check can shrink. */
import fc from 'fast-check';
import type { Graph, ValueId } from '../../src/index.ts';
import { GraphBuilder } from '../graph-builder.ts';

const kinds = [
  'add',
  'add',
  'subtract',
  'mean',
  'conv',
  'conv',
  'conv',
  'anyConv',
  'depthwise',
  'sparseConv',
  'batchNorm',
  'batchNorm',
  'scaleNorm',
  'scaleAll',
  'shift',
  'scale',
  'zero',
  'pool',
  'pad',
  'crop',
  'slice',
  'gather',
  'concat',
  'concat',
  'block',
  'block',
  'splitBlock',
  'lowRank',
  'transposed',
  'upAndDown',
  'matmul',
  'relu',
  'keep',
  'stride',
] as const;

export interface Instruction {
  readonly kind: (typeof kinds)[number];
  readonly x: number;
  readonly y: number;
  /** Free choices. */
  readonly p: readonly number[];
}

export interface GraphShape {
  readonly input: number;
  readonly channels: number;
  readonly sizes: readonly number[];
  readonly seed: number;
  readonly program: readonly Instruction[];
}

export const graphShapes: fc.Arbitrary<GraphShape> = fc.record({
  input: fc.nat(9),
  channels: fc.constantFrom(1, 2, 4, 4, 6),
  sizes: fc.array(fc.integer({ min: 1, max: 7 }), { minLength: 2, maxLength: 2 }),
  seed: fc.integer({ min: 1, max: 1_000_000 }),
  program: fc.array(
    fc.record({
      kind: fc.constantFrom(...kinds),
      x: fc.nat(7),
      y: fc.nat(7),
      p: fc.array(fc.nat(5), { minLength: 8, maxLength: 8 }),
    }),
    { minLength: 1, maxLength: 12 },
  ),
});

export function buildRandomGraph(shape: GraphShape): Graph {
  const builder = new GraphBuilder(shape.seed);
  const { channels } = shape;
  const [height, width] = shape.sizes as [number, number];
  const inputs = [
    () => builder.input(1, channels, height, width),
    () => builder.input(1, channels, 'H', 'W'),
    () => builder.input('N', channels, height),
    () => builder.input(1, channels, 'H'),
    () => builder.input('N', channels),
    () => builder.input(1, 2, height, channels),
    () => builder.input(1, 'T', channels),
    () => builder.input(2, channels, height, 'W'),
    () => builder.input(1, channels, height),
    () => builder.input(1, channels, 'H', 'H'),
  ];
  const made: ValueId[] = [inputs[shape.input]!()];
  for (const instruction of shape.program) {
    const result = run(builder, made, instruction);
    if (result !== null) made.push(result);
  }
  keepSinks(builder, shape.seed);
  return builder.build();
}

function run(builder: GraphBuilder, made: readonly ValueId[], { kind, x: pick, y: other, p }: Instruction) {
  const x = made[made.length - 1 - (pick % made.length)]!;
  const shape = builder.shapeOf(x);
  const spatial = shape.length > 2 && typeof shape[1] === 'number';
  const axis = p[7]! % 3 === 0 || typeof shape[1] !== 'number' ? shape.length - 1 : 1;
  const channels = shape[axis];
  if (typeof channels !== 'number') return null;
  const same = made.filter((id) => JSON.stringify(builder.shapeOf(id)) === JSON.stringify(shape));
  const y = same[same.length - 1 - (other % same.length)]!;
  switch (kind) {
    case 'add':
      return builder.add(x, y);
    case 'subtract':
      return builder.subtract(x, y);
    case 'mean':
      return builder.sum([x, y, same[0]!], [1 / 3, 1 / 3, 1 / 3]);
    case 'batchNorm':
      return typeof shape[1] === 'number' ? builder.batchNorm(x) : null;
    case 'scaleNorm':
      return typeof shape[1] === 'number' ? builder.scaleNorm(x) : null;
    case 'scaleAll':
      return builder.scale(x, [-1, 2, 0.5, 1, 3, -2][p[0]!]!);
    case 'zero':
      return builder.scale(x, p[0]! < 3 ? 0 : new Float64Array(channels), axis);
    case 'scale':
      return builder.scale(x, builder.perChannel(x, axis), axis);
    case 'shift':
      return p[0]! < 2 ? builder.shift(x, p[1]! - 2) : builder.shift(x, builder.perChannel(x, axis), axis);
    case 'slice': {
      const start = p[0]! % channels;
      return builder.slice(x, start, 1 + (p[1]! % (channels - start)), axis);
    }
    case 'gather': {
      const order = Array.from({ length: channels }, (_, c) => c).sort((a, b) => p[a % 8]! - p[b % 8]! || b - a);
      return builder.gather(x, order.slice(0, 1 + (p[0]! % channels)), axis);
    }
    case 'concat': {
      const parts = p[0]! < 3 ? [x, y] : [x, same[0]!, y];
      return channels * parts.length > 16 ? null : builder.concat(parts, axis);
    }
    case 'matmul':
      return typeof shape.at(-1) === 'number' ? builder.matmul(x, 1 + p[0]!) : null;
    case 'lowRank': {
      const last = shape.at(-1);
      if (typeof last !== 'number') return null;
      const low = builder.matmul(builder.matmul(x, 1 + (p[0]! % 2)), last);
      return builder.add(builder.matmul(x, last), builder.scale(low, 0.5));
    }
    case 'relu':
      return builder.relu(x);
    case 'keep':
      builder.keep(x);
      return null;
    default:
      return spatial ? runSpatial(builder, x, kind, p) : null;
  }
}

function runSpatial(builder: GraphBuilder, x: ValueId, kind: Instruction['kind'], p: readonly number[]) {
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

/** A convolution with a zero rim, or with zeros between its taps, or only zeros. */
function sparseConv(builder: GraphBuilder, x: ValueId, p: readonly number[]): ValueId {
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
function block(builder: GraphBuilder, x: ValueId, groups: number, p: readonly number[]): ValueId {
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
function splitBlock(builder: GraphBuilder, x: ValueId, p: readonly number[]): ValueId {
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

/** What nothing reads is an output; one more value in ten has another reader. */
function keepSinks(builder: GraphBuilder, seed: number): void {
  const read = new Set(
    builder.values.flatMap((value) => value.definitions.flatMap((affine) => affine.terms.map((term) => term.value))),
  );
  builder.values.forEach((value, id) => {
    if (value.definitions.length > 0 && (!read.has(id) || (seed + id * 7) % 19 === 0)) builder.keep(id);
  });
}
