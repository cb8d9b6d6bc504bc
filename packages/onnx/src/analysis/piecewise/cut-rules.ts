/** Rules of operators that take parts of an axis. */
import type { OnnxNode } from '../../proto/node.ts';
import { intAttribute, intsAttribute } from '../attributes.ts';
import { numbersOf } from '../constant.ts';
import { normalizeAxis } from '../movement.ts';
import { cut, join, pick } from './axes.ts';
import { greatestOf, type LeastSize, leastOf, smallerOf } from './bounds.ts';
import { addForms, type Form, formOf, numberOf, sameForm, subtractForms } from './form.ts';
import type { Piecewise } from './piecewise.ts';
import type { Reader, Rules } from './rules.ts';

export const cutRules: Rules = { Gather: ruleGather, Slice: ruleSlice, Split: ruleSplit };

function ruleGather(node: OnnxNode, { read, scope }: Reader): Piecewise | null {
  const [a, indices] = [read(node.inputs[0]), scope.constant(node.inputs[1] ?? '')];
  const places = numbersOf(indices);
  const axis = a && normalizeAxis(intAttribute(node, 'axis', 0), a.dims.length);
  if (!a || !indices || !places || axis === null || indices.dims.length > 1 || places.length > 64) return null;
  const counted = places.map((place) => (place < 0 ? addForms(a.dims[axis]!, formOf(place)) : formOf(place)));
  if (indices.dims.length === 0) return pick(a, axis, counted[0]!);
  return counted.length === 0
    ? null
    : join(
        counted.map((place) => cut(a, axis, place, formOf(1))),
        axis,
      );
}

/** Ends at or beyond this mean "to the end"; exporters write the largest 32- or 64-bit integer. */
const TO_THE_END = 2 ** 31 - 1;

function ruleSlice(node: OnnxNode, { read, entries, scope, least }: Reader): Piecewise | null {
  const list = (name: string, place: number) =>
    scope.opset < 10
      ? intsAttribute(node, name)?.map(formOf)
      : node.inputs[place]
        ? entries(node.inputs[place])
        : undefined;
  let result = read(node.inputs[0]);
  const [starts, ends, axes, steps] = [list('starts', 1), list('ends', 2), list('axes', 3), list('steps', 4)];
  if (!result || !starts || !ends || axes === null || steps === null || ends.length !== starts.length) return null;
  if (steps?.some((step) => numberOf(step) !== 1)) return null;
  for (const [place, start] of starts.entries()) {
    const axis = normalizeAxis(axes ? (numberOf(axes[place]!) ?? Number.NaN) : place, result.dims.length);
    if (axis === null) return null;
    const size: Form = result.dims[axis]!;
    const [first, last] = [clamp(start, size, least), clamp(ends[place]!, size, least)];
    if (!first || !last) return null;
    const count = subtractForms(last, first);
    if (leastOf(count, least) < 0 && greatestOf(count, least) > 0) return null;
    result = cut(result, axis, first, leastOf(count, least) < 0 ? formOf(0) : count);
  }
  return result;
}

/** A bound of a slice, counted from the end where negative, inside of the axis. */
function clamp(bound: Form, size: Form, least: LeastSize): Form | null {
  if ((numberOf(bound) ?? 0) >= TO_THE_END) return size;
  if (leastOf(bound, least) >= 0) return smallerOf(bound, size, least);
  if (greatestOf(bound, least) >= 0) return null;
  const counted = addForms(bound, size);
  if (leastOf(counted, least) >= 0) return counted;
  return greatestOf(counted, least) <= 0 ? formOf(0) : null;
}

function splitSizes(node: OnnxNode, { entries }: Reader, size: Form): readonly Form[] | null {
  const given = intsAttribute(node, 'split')?.map(formOf) ?? (node.inputs[1] ? entries(node.inputs[1]) : undefined);
  if (given !== undefined) return given;
  const [whole, parts] = [numberOf(size), node.outputs.length];
  if (whole === undefined) return null;
  const even = Math.ceil(whole / parts);
  return node.outputs.map((_, part) => formOf(Math.min(even, whole - part * even)));
}

function ruleSplit(node: OnnxNode, reader: Reader): readonly Piecewise[] | null {
  const a = reader.read(node.inputs[0]);
  const axis = a && normalizeAxis(intAttribute(node, 'axis', 0), a.dims.length);
  const sizes = a && axis !== null && splitSizes(node, reader, a.dims[axis]!);
  if (!sizes || sizes.length !== node.outputs.length) return null;
  const parts: Piecewise[] = [];
  let start = formOf(0);
  for (const size of sizes) {
    if (leastOf(size, reader.least) < 0) return null;
    parts.push(cut(a, axis!, start, size));
    start = addForms(start, size);
  }
  return sameForm(start, a.dims[axis!]!) ? parts : null;
}
