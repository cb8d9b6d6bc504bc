/** Lifts products with a constant matrix on the right: MatMul, BatchMatMul and the fused form. */
import { convOf } from '@reparam/core';
import { fromKernel } from '../../artifacts/kernel-layout.ts';
import { oneTerm } from '../../convert/lifted.ts';
import { flagAttribute } from '../attributes.ts';
import { fusedOf } from '../fused.ts';
import { floatConstant, type NodeLift, notConstant, valueShape, vector } from './node-lift.ts';

export const liftMatMul: NodeLift = (node, scope) => {
  const { attributes } = node;
  const [input, matrixName, biasName] = node.inputs;
  const flag = (...names: string[]) => names.some((name) => flagAttribute(attributes, name, false));
  const found = valueShape(scope, input);
  const matrix = floatConstant(scope, matrixName);
  if (!matrix) return found && scope.shape(matrixName!)?.length === 2 ? notConstant(node, 'matrix') : null;
  const fused = fusedOf(node);
  if (!found || !fused || flag('transpose_a', 'adj_x') || matrix.dims.slice(0, -2).some((size) => size !== 1))
    return null;
  if (matrix.dims.length < 2 || matrix.dims.length > found.shape.length) return null;
  const isTurned = flag('transpose_b', 'adj_y');
  const [rows, columns] = matrix.dims.slice(-2) as [number, number];
  const [inChannels, outChannels] = isTurned ? [columns, rows] : [rows, columns];
  if (inChannels !== found.channels || outChannels === 0) return null;
  const bias = fused.hasBias ? vector(scope, biasName, outChannels) : null;
  if (fused.hasBias && !bias) return notConstant(node, 'bias');
  const values = isTurned ? matrix.values : fromKernel(matrix.values, 1, inChannels, outChannels);
  return [oneTerm(input!, convOf(values, bias, { outChannels, inChannels, groups: 1, axes: [] }))];
};
