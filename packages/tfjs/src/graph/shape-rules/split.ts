/** What Split and SplitV divide an axis into. */
import type { Shape } from '../../convert/model-view.ts';
import { numberAttribute } from '../attributes.ts';
import type { NodeDef } from '../node-def.ts';
import type { GraphScope } from '../scope.ts';

/** Axis and sizes of the parts of a Split or SplitV. */
export function splitPlan(node: NodeDef, scope: GraphScope): { value: string; axis: number; sizes: number[] } | null {
  const isV = node.op === 'SplitV';
  const [value, axisName] = isV ? [node.inputs[0]!, node.inputs[2]] : [node.inputs[1]!, node.inputs[0]];
  const shape = scope.shape(value);
  const given = scope.numbers(axisName)?.[0];
  if (!shape || given === undefined) return null;
  const axis = given < 0 ? given + shape.length : given;
  const size = shape[axis];
  if (typeof size !== 'number') return null;
  const count = numberAttribute(node.attributes, 'num_split', 1);
  const sizes = isV ? scope.numbers(node.inputs[1]) : new Array<number>(count).fill(size / count);
  if (!sizes) return null;
  const rest = size - sizes.filter((part) => part >= 0).reduce((sum, part) => sum + part, 0);
  const settled = sizes.map((part) => (part < 0 ? rest : part));
  return settled.every((part) => Number.isInteger(part) && part > 0) ? { value, axis, sizes: settled } : null;
}

export function splitShapes(node: NodeDef, scope: GraphScope): readonly (Shape | null)[] {
  const plan = splitPlan(node, scope);
  const shape = plan && scope.shape(plan.value);
  if (!shape) return [];
  return plan.sizes.map((part) => shape.map((size, axis) => (axis === plan.axis ? part : size)));
}
