/** What to say of a constant that lies along the last axis beside an operator on the channels. */
import { type Refusal, refuse } from '@reparam/core';
import type { Scope } from '../analysis/scope.ts';
import type { OnnxNode } from '../proto/node.ts';
import type { Definitions } from './context.ts';

/** For a sum or product with a constant that varies along the last of three or more axes, and so not along axis 1. */
export function explainOffAxis(node: OnnxNode, scope: Scope, definitions: Definitions): Refusal | undefined {
  if (definitions.length !== 1 || definitions[0]!.axis === 1) return undefined;
  if (!['Add', 'Sub', 'Mul', 'Div'].includes(node.opType)) return undefined;
  const name = node.inputs.find((input) => scope.constant(input));
  if (name === undefined) return undefined;
  const { axis } = definitions[0]!;
  return refuse(
    'broadcast',
    `the constant "${name}" of shape [${scope.constant(name)!.dims.join(', ')}] lies along the last axis (${axis}), not along the channels (axis 1)`,
    'give it the shape [C, 1, 1] if one number per channel is meant',
  );
}
