/** What a node makes of what is known of its inputs: constants, shapes and types. */
import { DataType } from '../elements/data-type.ts';
import type { OnnxNode } from '../proto/node.ts';
import { type Constant, listConstant } from './constant.ts';
import { inferElementType } from './element-types.ts';
import { shapePart } from './fold/make.ts';
import type { GraphScope } from './graph-scope.ts';
import { isStandard, type KnownValue } from './scope.ts';
import { inferShapes } from './shape-rules.ts';

/** Of each output; none where nothing is known of the operator. */
export function inferNode(scope: GraphScope, node: OnnxNode): readonly KnownValue[] {
  const { inner, evaluation } = scope.setting.shared;
  const known = inner?.infer(node, scope);
  if (known || !isStandard(scope.model, node)) return known ?? [];
  const shapes = inferShapes(node, scope, evaluation.shapeRules);
  const type = inferElementType(node, (name) => scope.elementType(name));
  return node.outputs.map((_, place) => ({
    shape: shapes[place] ?? null,
    type: place === 0 || node.opType === 'Split' ? type : 0,
  }));
}

/** The values of a standard node whose inputs are constants, or whose output is a known shape; none of others. */
export function foldNode(scope: GraphScope, node: OnnxNode): readonly Constant[] {
  if (node.opType === 'Shape') {
    const shape = scope.shape(node.inputs[0]!);
    const part = shape && shapePart(node, shape);
    return part?.every((size) => typeof size === 'number') ? [listConstant(part, DataType.INT64)] : [];
  }
  const inputs = node.inputs.map((name) => scope.constant(name));
  return scope.setting.shared.evaluation.foldNode(node, inputs, scope.opset);
}
