/**
 * Operators that sample positions alike for all channels: resizing, repeating, padding with values of the map, and averages that leave padding
 * out. What acts on channels alone commutes with them; see `Sampling`.
 */
import { sameSize } from '@reparam/core';
import type { Sampling } from '@reparam/core/movement';
import { intAttribute, intsAttribute, stringAttribute } from '../analysis/attributes.ts';
import { isFloat, numbersOf } from '../analysis/constant.ts';
import { padPlan } from '../analysis/movement.ts';
import { resizedAxes, scalesOf } from '../analysis/resized-shapes.ts';
import { isStandard, type Scope } from '../analysis/scope.ts';
import type { Shape } from '../analysis/shape-rules.ts';
import type { OnnxNode } from '../proto/node.ts';
import { type OwnInput, operatorKey } from './own-operator.ts';

/** Axes along which positions are mixed, and what the operator reads behind the map. */
interface Sampled {
  readonly axes: readonly number[];
  readonly inputs: readonly OwnInput[];
}

type Sample = (node: OnnxNode, scope: Scope, from: Shape, to: Shape) => Sampled | null;

/** Where it is known what they do. */
const samples: Readonly<Record<string, Sample>> = {
  AveragePool: (node, _, from) => {
    const isWhole = intAttribute(node, 'ceil_mode', 0) === 0 && intAttribute(node, 'count_include_pad', 0) === 0;
    const isDense = intsAttribute(node, 'dilations')?.every((step) => step === 1) ?? true; // no window has padding alone
    return isWhole && isDense ? { axes: from.map((_, axis) => axis).slice(2), inputs: [] } : null;
  },
  Expand: (_, __, from, to) => {
    if (from.length !== to.length || to.some((size) => typeof size !== 'number')) return null;
    const axes = to.flatMap((size, axis) => (size === from[axis] ? [] : [axis]));
    return { axes, inputs: [{ sizesOf: to.map((_, axis) => axis) }] };
  },
  Pad: (node, scope, from) => {
    const constants = node.inputs.map((name) => scope.constant(name));
    const plan = padPlan(node, constants, from.length, scope.opset);
    const isOutside = !['reflect', 'edge', 'wrap'].includes(stringAttribute(node, 'mode', 'constant'));
    if (!plan || isOutside || scope.opset < 2) return null;
    const pads = [...plan.begin, ...plan.end];
    const axes = from.map((_, axis) => axis).filter((axis) => plan.begin[axis] !== 0 || plan.end[axis] !== 0);
    return pads.every((size) => size >= 0) ? { axes, inputs: scope.opset < 11 ? [] : [{ integers: pads }] } : null;
  },
  Resize: sampleResize,
  Tile: (node, scope) => {
    const repeats = numbersOf(scope.constant(node.inputs[1] ?? ''));
    if (!repeats || scope.opset < 6) return null;
    return { axes: repeats.flatMap((times, axis) => (times === 1 ? [] : [axis])), inputs: [{ integers: repeats }] };
  },
  Upsample: sampleResize,
};

/** The first opset where a Resize need not have a region. */
const REGION_OPTIONAL = 13;

function sampleResize(node: OnnxNode, scope: Scope, from: Shape, to: Shape): Sampled | null {
  const axes = resizedAxes(node, from.length);
  const coordinates = stringAttribute(node, 'coordinate_transformation_mode', 'half_pixel');
  if (!axes || coordinates === 'tf_crop_and_resize') return null; // it has another value outside
  if (coordinates === 'tf_half_pixel_for_nn' && !takesOwn(node)) return null;
  const scales = node.inputs[3] ? undefined : scalesOf(node, scope);
  const sizes = node.inputs[3] ? numbersOf(scope.constant(node.inputs[3])) : undefined;
  const left = (scales ?? sizes)?.length === axes.length ? axes : null;
  if (!left) return null;
  const resized = axes.filter((axis, place) => (scales ? scales[place] !== 1 : !sameSize(to[axis]!, from[axis]!)));
  const none = scope.opset < REGION_OPTIONAL ? { floats: [] } : null;
  if (node.attribute('scales')) return { axes: resized, inputs: [] };
  const inputs: OwnInput[] = scales ? [{ floats: scales }] : [none, { sizesOf: axes }];
  return { axes: resized, inputs: node.opType === 'Resize' && scope.opset >= 11 ? [none, ...inputs] : inputs };
}

/** Whether a Resize takes from axes of scale 1 the position itself where it looks half a position behind it, as one text of the standard has it. */
function takesOwn(node: OnnxNode): boolean {
  const isNearest = stringAttribute(node, 'mode', 'nearest') === 'nearest';
  return (
    isNearest && ['floor', 'round_prefer_floor'].includes(stringAttribute(node, 'nearest_mode', 'round_prefer_floor'))
  );
}

/** null where a node is none, or has lists that the model computes. One without axes changes nothing. */
export function samplingOf(node: OnnxNode, scope: Scope, from: Shape, to: Shape): Sampling | null {
  const isOperator = isStandard(scope.model, node) && isFloat(scope.elementType(node.outputs[0]!));
  if (!isOperator || to.length !== from.length) return null;
  const found = samples[node.opType]?.(node, scope, from, to);
  const sizes = found?.axes.map((axis) => [axis, to[axis]!] as const);
  const key = found && operatorKey(node, found.inputs, sizes!);
  return key ? { key, axes: found.axes } : null;
}
