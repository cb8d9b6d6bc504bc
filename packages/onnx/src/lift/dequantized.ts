/** Values that were whole numbers a step ago: what is done to them belongs to the quantized operator before it. */
import { isFloat } from '../analysis/constant.ts';
import type { Scope } from '../analysis/scope.ts';

/** Cast and the scales behind an integer product: no longer than this. */
const LONGEST: number = 4;

/** Whether a value comes from DequantizeLinear, or from an integer product by way of a Cast and the scales behind it. */
export function isDequantized(name: string, scope: Scope, steps: number = LONGEST): boolean {
  const node = scope.constant(name) ? undefined : scope.maker(name);
  if (!node || steps === 0) return false;
  if (node.opType === 'DequantizeLinear') return true;
  if (node.opType === 'Cast') {
    const maker = scope.maker(node.inputs[0]!)?.opType;
    return (maker?.endsWith('Integer') ?? false) && !isFloat(scope.elementType(node.inputs[0]!));
  }
  return node.opType === 'Mul' && node.inputs.some((input) => isDequantized(input, scope, steps - 1));
}
