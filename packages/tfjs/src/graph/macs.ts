/** Multiply-adds of nodes, for each element they write. */
import { numbersAttribute } from './attributes.ts';
import type { NodeDef } from './node-def.ts';
import type { GraphScope } from './scope.ts';

const ELEMENTWISE = new Set(
  'Add AddV2 AddN BiasAdd FusedBatchNorm FusedBatchNormV2 FusedBatchNormV3 Mul Neg RealDiv Sub'.split(' '),
);

export function macsPerElement({ op, inputs, attributes }: NodeDef, scope: GraphScope): number {
  const dims = inputs[1] === undefined ? undefined : scope.constant(inputs[1])?.dims;
  const product = (sizes: readonly number[]) => sizes.reduce((total, size) => total * size, 1);
  if (ELEMENTWISE.has(op)) return 1;
  if (/epthwise/.test(op)) return dims ? product(dims.slice(0, -2)) : 0;
  if (/Conv[23]D$/.test(op)) return dims ? product(dims.slice(0, -1)) : 0;
  if (op === 'Conv2DBackpropInput')
    return dims ? (product(dims.slice(0, 2)) * dims[3]!) / product(numbersAttribute(attributes, 'strides')) : 0;
  if (/MatMul/.test(op)) return Number(scope.shape(inputs[0]!)?.at(-1) ?? 0) || 0;
  return op.startsWith('AvgPool') ? product(numbersAttribute(attributes, 'ksize')) : 0;
}
