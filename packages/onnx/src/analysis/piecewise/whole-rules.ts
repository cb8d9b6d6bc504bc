/** Rules of operators on whole numbers: sizes, ranges, sums and comparisons. A truth value is 1 or 0. */
import { DataType } from '../../elements/data-type.ts';
import { intAttribute } from '../attributes.ts';
import { filledConstant, numbersOf, tensorConstant } from '../constant.ts';
import { shapePart } from '../fold/make.ts';
import { WHOLE } from '../size-list.ts';
import { commonDims, spread } from './axes.ts';
import { leastOf } from './bounds.ts';
import { addForms, type Form, formOf, numberOf, plus, position, scaleForm, sizeForm, subtractForms } from './form.ts';
import { listOf, type Piece, type Piecewise, whole } from './piecewise.ts';
import type { Rule, Rules } from './rules.ts';

const ZERO = formOf(0);
const ONE = formOf(1);

export const wholeRules: Rules = {
  Add: pairwise((a, b) => always(addForms(a, b))),
  And: pairwise(ofNumbers((a, b) => a && b)),
  Cast: (node, { read }) => {
    const [a, to] = [read(node.inputs[0]), intAttribute(node, 'to', 0)];
    if (!a || !isWhole(a)) return null;
    if (WHOLE.has(to)) return a;
    if (to !== DataType.BOOL) return null;
    return mapEach(a, ({ constant, terms }) => (terms.size > 0 ? null : constant === 0 ? ZERO : ONE));
  },
  ConstantOfShape: (node, { entries }) => {
    const dims = entries(node.inputs[0]);
    const tensor = node.attribute('value')?.tensor;
    const constant = tensor ? tensorConstant(tensor) : filledConstant([1], 0, DataType.FLOAT);
    const [value] = numbersOf(constant) ?? [];
    if (!dims || !constant || value === undefined) return null;
    const isNumber = WHOLE.has(constant.dataType) || constant.dataType === DataType.BOOL;
    return isNumber
      ? whole(dims, null, [formOf(value)])
      : whole(dims, filledConstant([], value, constant.dataType), []);
  },
  Equal: pairwise((a, b) => holds(subtractForms(a, b), subtractForms(b, a))),
  Greater: pairwise((a, b) => holds(plus(subtractForms(a, b), -1))),
  GreaterOrEqual: pairwise((a, b) => holds(subtractForms(a, b))),
  Less: pairwise((a, b) => holds(plus(subtractForms(b, a), -1))),
  LessOrEqual: pairwise((a, b) => holds(subtractForms(b, a))),
  Mul: pairwise((a, b) => {
    const [x, y] = [numberOf(a), numberOf(b)];
    if (x === undefined && y === undefined) return null;
    return always(x === undefined ? scaleForm(a, y!) : scaleForm(b, x));
  }),
  Neg: (node, { read }) => {
    const a = read(node.inputs[0]);
    return a && isWhole(a) ? mapEach(a, (form) => scaleForm(form, -1)) : null;
  },
  Not: (node, { read }) => {
    const a = read(node.inputs[0]);
    return a && mapEach(a, (form) => (numberOf(form) === undefined ? null : subtractForms(ONE, form)));
  },
  Or: pairwise(ofNumbers((a, b) => a || b)),
  Range: (node, { entries, least }) => {
    const [start, limit, step] = node.inputs.map((name) => entries(name)?.[0]);
    if (!start || !limit || !step || numberOf(step) !== 1) return null;
    const count = subtractForms(limit, start);
    return leastOf(count, least) >= 0 ? whole([count], null, [addForms(position(0), start)]) : null;
  },
  Shape: (node, { read, scope }) => {
    const dims = read(node.inputs[0])?.dims ?? scope.shape(node.inputs[0]!)?.map(sizeForm);
    return dims ? listOf(shapePart(node, dims)) : null;
  },
  Sub: pairwise((a, b) => always(subtractForms(a, b))),
};

/** A number where all conditions hold, and another elsewhere. */
interface Result {
  readonly elsewhere: Form;
  readonly where?: readonly Form[];
}

function always(form: Form): Result {
  return { elsewhere: form };
}

/** 1 where the forms are >= 0, and 0 elsewhere. */
function holds(...where: readonly Form[]): Result {
  return { elsewhere: ZERO, where };
}

function ofNumbers(operate: (a: number, b: number) => number): (a: Form, b: Form) => Result | null {
  return (a, b) => {
    const [x, y] = [numberOf(a), numberOf(b)];
    return x === undefined || y === undefined ? null : always(formOf(operate(x, y)));
  };
}

function pairwise(operate: (a: Form, b: Form) => Result | null): Rule {
  return (node, { read }) => {
    const [a, b] = [read(node.inputs[0]), read(node.inputs[1])];
    if (!a || !b || !isWhole(a) || !isWhole(b)) return null;
    const dims = commonDims([a.dims, b.dims]);
    const [left, right] = dims ? [spread(a, dims), spread(b, dims)] : [];
    if (!dims || !left || !right) return null;
    const pieces: Piece[] = [];
    for (const x of left.pieces) {
      for (const y of right.pieces) {
        const result = operate(x.index[0]!, y.index[0]!);
        if (!result) return null;
        const both = [...x.where, ...y.where];
        pieces.push({ where: both, of: null, index: [result.elsewhere] });
        if (result.where) pieces.push({ where: [...both, ...result.where], of: null, index: [ONE] });
      }
    }
    return { dims, pieces };
  };
}

function mapEach(a: Piecewise, map: (form: Form) => Form | null): Piecewise | null {
  const values = a.pieces.map(({ index }) => map(index[0]!));
  if (!values.every((value) => value !== null)) return null;
  return { ...a, pieces: a.pieces.map((piece, place) => ({ ...piece, index: [values[place]!] })) };
}

export function isWhole({ pieces }: Piecewise): boolean {
  return pieces.every(({ of }) => of === null);
}
