/** Groups of operators that runtimes run as one: taking a factor out of one makes the rest slower. */
import type { Scope } from '../analysis/scope.ts';
import type { OnnxNode } from '../proto/node.ts';

/**
 * Whether a node is the constant factor behind a GELU written as x * (1 + erf(x / sqrt(2))) * 0.5, or its tanh form. ONNX Runtime's
 * Gelu and FastGelu fusions look for all of it.
 */
export function isGeluFactor(node: OnnxNode, scope: Scope): boolean {
  if (node.opType !== 'Mul' || !node.inputs.some((name) => scope.constant(name)?.values.length === 1)) return false;
  const product = node.inputs.map((name) => scope.maker(name)).find((maker) => maker?.opType === 'Mul');
  return product?.inputs.some((name) => isOnePlusCurve(scope.maker(name), scope)) ?? false;
}

function isOnePlusCurve(node: OnnxNode | undefined, scope: Scope): boolean {
  if (node?.opType !== 'Add' || !node.inputs.some((name) => scope.constant(name))) return false;
  return node.inputs.some((name) => ['Erf', 'Tanh'].includes(scope.maker(name)?.opType ?? ''));
}
