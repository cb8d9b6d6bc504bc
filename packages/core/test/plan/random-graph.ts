/** Random graphs of affine values, from a list of instructions that fast-check can shrink. */
import type { Graph, ValueId } from '../../src/index.ts';
import { GraphBuilder } from '../graph-builder.ts';
import type { GraphShape, Instruction } from './random/program.ts';
import { runSpatial } from './random/spatial.ts';

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

/** What nothing reads is an output; one more value in ten has another reader. */
function keepSinks(builder: GraphBuilder, seed: number): void {
  const read = new Set(
    builder.values.flatMap((value) => value.definitions.flatMap((affine) => affine.terms.map((term) => term.value))),
  );
  builder.values.forEach((value, id) => {
    if (value.definitions.length > 0 && (!read.has(id) || (seed + id * 7) % 19 === 0)) builder.keep(id);
  });
}
