/** Rules of operators that put elements elsewhere. */
import type { OnnxNode } from '../../proto/node.ts';
import { intAttribute, intsAttribute, stringAttribute } from '../attributes.ts';
import { filledConstant, numbersOf } from '../constant.ts';
import { transposeOrder } from '../fold/reshape.ts';
import { normalizeAxis, padPlan } from '../movement.ts';
import { commonDims, join, pad, regroup, reorder, spread } from './axes.ts';
import { type LeastSize, leastOf } from './bounds.ts';
import { cutRules } from './cut-rules.ts';
import { type Form, formOf, numberOf, sameForm } from './form.ts';
import { type Piece, type Piecewise, restrict } from './piecewise.ts';
import type { Reader, Rules } from './rules.ts';
import { scatter } from './scatter.ts';

export const dataRules: Rules = {
  ...cutRules,
  Concat: (node, { read }) => {
    const parts = node.inputs.map(read);
    if (!parts.every((part) => part !== null)) return null;
    const axis = normalizeAxis(intAttribute(node, 'axis', 1), parts[0]?.dims.length ?? 0);
    return axis === null ? null : join(parts, axis);
  },
  Expand: (node, { read, entries }) => {
    const [a, target] = [read(node.inputs[0]), entries(node.inputs[1])];
    const dims = a && target && commonDims([a.dims, target]);
    return dims && spread(a, dims);
  },
  Identity: (node, { read }) => read(node.inputs[0]),
  Pad: rulePad,
  Reshape: (node, reader) => {
    const a = reader.read(node.inputs[0]);
    const target = intsAttribute(node, 'shape')?.map(formOf) ?? reader.entries(node.inputs[1]);
    const dims = a && target && reshapedDims(a.dims, target, intAttribute(node, 'allowzero', 0) === 1, reader.least);
    return dims && regroup(a, dims);
  },
  ScatterND: (node, { read, least }) => {
    const [a, indices, updates] = [read(node.inputs[0]), read(node.inputs[1]), read(node.inputs[2])];
    if (!a || !indices || !updates || stringAttribute(node, 'reduction', 'none') !== 'none') return null;
    return scatter(a, indices, updates, least);
  },
  Squeeze: (node, reader) => {
    const a = reader.read(node.inputs[0]);
    const axes = a && axesOf(node, reader, a.dims.length);
    return (
      axes &&
      regroup(
        a,
        a.dims.filter((_, axis) => !axes.includes(axis)),
      )
    );
  },
  Transpose: (node, { read }) => {
    const a = read(node.inputs[0]);
    const order = a && transposeOrder(node, a.dims.length);
    return order ? reorder(a, order) : null;
  },
  Unsqueeze: (node, reader) => {
    const a = reader.read(node.inputs[0]);
    const added = intsAttribute(node, 'axes') ?? numbersOf(reader.scope.constant(node.inputs[1] ?? ''));
    if (!a || !added) return null;
    const rank = a.dims.length + added.length;
    const places = added.map((axis) => normalizeAxis(axis, rank));
    const rest = [...a.dims];
    return regroup(
      a,
      Array.from({ length: rank }, (_, axis) => (places.includes(axis) ? formOf(1) : rest.shift()!)),
    );
  },
  Where: (node, { read }) => {
    const all = node.inputs.map(read);
    if (!all.every((part) => part !== null)) return null;
    const dims = commonDims(all.map((part) => part.dims));
    const [condition, yes, no] = dims ? all.map((part) => spread(part, dims)) : [];
    if (!dims || !condition || !yes || !no) return null;
    const chosen = condition.pieces.map((piece) => ({ piece, value: numberOf(piece.index[0]!) }));
    if (chosen.some(({ value }) => value === undefined)) return null;
    return { dims, pieces: chosen.flatMap(({ piece, value }) => restrict((value ? yes : no).pieces, piece.where)) };
  },
};

function axesOf(node: OnnxNode, { scope }: Reader, rank: number): (number | null)[] | null {
  const axes = intsAttribute(node, 'axes') ?? numbersOf(scope.constant(node.inputs[1] ?? ''));
  return axes?.map((axis) => normalizeAxis(axis, rank)) ?? null;
}

function rulePad(node: OnnxNode, { read, scope, least }: Reader): Piecewise | null {
  const a = read(node.inputs[0]);
  if (!a || stringAttribute(node, 'mode', 'constant') !== 'constant') return null;
  const plan = padPlan(
    node,
    node.inputs.map((name) => scope.constant(name)),
    a.dims.length,
    scope.opset,
  );
  if (plan?.value === undefined || a.pieces.some(({ of }) => of === null)) return null;
  const fill: Piece = { where: [], of: filledConstant([], plan.value, scope.elementType(node.inputs[0]!)), index: [] };
  const padded = pad(a, plan.begin, plan.end, fill);
  return padded.dims.every((dim) => leastOf(dim, least) >= 0) ? padded : null;
}

/** Dims of a Reshape: 0 copies, -1 is what is left, if that is one axis or none. */
function reshapedDims(
  dims: readonly Form[],
  target: readonly Form[],
  keepsZero: boolean,
  least: LeastSize,
): readonly Form[] | null {
  const wanted: (Form | null)[] = [];
  for (const [axis, entry] of target.entries()) {
    const number = numberOf(entry);
    const copied = dims[axis];
    if (number === -1) wanted.push(null);
    else if (number === 0 && !keepsZero) {
      if (!copied) return null;
      wanted.push(copied);
    } else if (leastOf(entry, least) < (keepsZero ? 0 : 1) && !(copied && sameForm(copied, entry))) return null;
    else wanted.push(entry);
  }
  const open = wanted.indexOf(null);
  if (open < 0) return wanted as Form[];
  const isKnown = (dim: Form | null): dim is Form => dim !== null && numberOf(dim) !== 1;
  const before = wanted.slice(0, open).filter(isKnown).length;
  const left = dims.filter(isKnown);
  const more = left.length - wanted.filter(isKnown).length;
  if (more < 0 || more > 1 || wanted.lastIndexOf(null) !== open) return null;
  return wanted.map((dim) => dim ?? (more === 1 ? left[before]! : formOf(1)));
}
