/** What lifts of nodes are given and what they answer. */
import { type LazyArray, type Refusal, refuse } from '@reparam/core';
import type { Lifted } from '../../convert/lifted.ts';
import type { Shape } from '../../convert/model-view.ts';
import { stringAttribute } from '../attributes.ts';
import type { NodeDef } from '../node-def.ts';
import type { Constant, GraphScope } from '../scope.ts';

export type NodeLift = (node: NodeDef, scope: GraphScope) => Lifted;

/** Shape and channel count of a value that is no constant; null where they are not known. */
export function valueShape(scope: GraphScope, name: string | undefined): { shape: Shape; channels: number } | null {
  if (name === undefined || scope.constant(name)) return null;
  const shape = scope.shape(name);
  const channels = shape?.at(-1);
  return shape && shape.length > 1 && typeof channels === 'number' && channels > 0 ? { shape, channels } : null;
}

export function floatConstant(scope: GraphScope, name: string | undefined): Constant | null {
  const constant = name === undefined ? undefined : scope.constant(name);
  return constant?.dtype === 'float32' ? constant : null;
}

/** One number for each channel. */
export function vector(scope: GraphScope, name: string | undefined, channels: number): LazyArray | null {
  const constant = floatConstant(scope, name);
  return constant?.dims.length === 1 && constant.dims[0] === channels ? constant.values : null;
}

export function notConstant(node: NodeDef, role: string): Refusal {
  return refuse(
    'not-constant',
    `the ${role} of ${node.op} "${node.name}" is computed from the input, expected a constant`,
    'only constant weights merge',
  );
}

/** Channels come first: kernels of TensorFlow.js for that are few, and none of them is on the cpu. */
export function refuseChannelsFirst({ attributes, op, name }: NodeDef): Refusal | null {
  if (!stringAttribute(attributes, 'data_format', 'NHWC').startsWith('NC')) return null;
  return refuse(
    'axis-mismatch',
    `${op} "${name}" has its channels on axis 1 (NCHW), expected the last axis`,
    'export the model with channels last (NHWC)',
  );
}

export function unknownSize({ op, name }: NodeDef): Refusal {
  return refuse(
    'size-depends-on-input',
    `the padding SAME of ${op} "${name}" at a stride above 1 depends on the input size, which is not known`,
    'declare it with inputShape (CLI: --shape)',
  );
}
