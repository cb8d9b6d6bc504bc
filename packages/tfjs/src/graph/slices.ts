/** What Slice and StridedSlice take of each axis. */
import { floorDivide, type Size } from '@reparam/core';
import type { Shape } from '../convert/model-view.ts';
import { numberAttribute } from './attributes.ts';
import type { NodeDef } from './node-def.ts';
import type { GraphScope } from './scope.ts';

/** `count` positions from `start` by `step`, leaving `after` off at the end. */
export interface AxisSlice {
  readonly start: number;
  readonly step: number;
  readonly count: Size;
  readonly after: number;
}

/** One entry for each axis, undefined where all of it is taken; null where that is not known or axes come or go. */
export function slicePlan(node: NodeDef, scope: GraphScope, shape: Shape): (AxisSlice | undefined)[] | null {
  return node.op === 'Slice' ? plainSlice(node, scope, shape) : stridedSlice(node, scope, shape);
}

function plainSlice({ inputs }: NodeDef, scope: GraphScope, shape: Shape): (AxisSlice | undefined)[] | null {
  const [begin, size] = [scope.numbers(inputs[1]), scope.numbers(inputs[2])];
  if (begin?.length !== shape.length || size?.length !== shape.length) return null;
  const slices = shape.map((known, axis) => {
    const start = begin[axis]!;
    if (size[axis] === -1) return start === 0 ? undefined : sliceAxis(known, start, 0, 1);
    if (typeof known !== 'number') return null;
    return start === 0 && size[axis] === known ? undefined : sliceAxis(known, start, known - start - size[axis]!, 1);
  });
  return slices.every((slice) => slice !== null) ? slices : null;
}

function stridedSlice(node: NodeDef, scope: GraphScope, shape: Shape): (AxisSlice | undefined)[] | null {
  const { inputs, attributes } = node;
  const [begin, end, strides] = [1, 2, 3].map((place) => scope.numbers(inputs[place]));
  const mask = (name: string) => numberAttribute(attributes, name, 0);
  const changesAxes = ['ellipsis_mask', 'new_axis_mask', 'shrink_axis_mask'].some((name) => mask(name) !== 0);
  if (!begin || !end || !strides || changesAxes || begin.length > shape.length) return null;
  const slices = shape.map((size, axis): AxisSlice | undefined | null => {
    if (axis >= begin.length) return undefined;
    const step = strides[axis]!;
    const fromStart = (mask('begin_mask') & (1 << axis)) !== 0;
    const toEnd = (mask('end_mask') & (1 << axis)) !== 0;
    const start = fromStart ? 0 : begin[axis]!;
    if (step < 1) return null;
    if (typeof size !== 'number') {
      if (start < 0 || (!toEnd && end[axis]! >= 0)) return null;
      return start === 0 && toEnd && step === 1 ? undefined : sliceAxis(size, start, toEnd ? 0 : -end[axis]!, step);
    }
    const clamp = (position: number) => Math.min(Math.max(position < 0 ? position + size : position, 0), size);
    const [first, last] = [clamp(start), toEnd ? size : clamp(end[axis]!)];
    return first === 0 && last === size && step === 1 ? undefined : sliceAxis(size, first, size - last, step);
  });
  return slices.every((slice) => slice !== null) ? slices : null;
}

function sliceAxis(size: Size, start: number, after: number, step: number): AxisSlice {
  return { start, step, after, count: floorDivide(size, step - 1 - start - after, step) };
}
