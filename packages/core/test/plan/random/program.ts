/** What a random graph is made by: a list of instructions that fast-check can shrink. */
import fc from 'fast-check';

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
