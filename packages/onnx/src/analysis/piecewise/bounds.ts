/** What surely holds of a form, whatever the free sizes are. */
import { addForms, type Form, plus, scaleForm, subtractForms } from './form.ts';

/** The least that a free size can be. */
export type LeastSize = (name: string) => number;

/** A lower bound of the form for all sizes, and for all positions in a tensor of these dims. */
export function leastOf(form: Form, least: LeastSize, dims: readonly Form[] = []): number {
  let bound = form;
  for (const [variable, coefficient] of form.terms) {
    if (typeof variable === 'string') continue;
    const atZero = addForms(bound, { constant: 0, terms: new Map([[variable, 1]]) }, -coefficient);
    bound = coefficient > 0 ? atZero : addForms(atZero, plus(dims[variable]!, -1), coefficient);
  }
  let value = bound.constant;
  for (const [variable, coefficient] of bound.terms) {
    if (coefficient < 0) return Number.NEGATIVE_INFINITY;
    value += coefficient * least(variable as string);
  }
  return value;
}

export function greatestOf(form: Form, least: LeastSize, dims: readonly Form[] = []): number {
  return -leastOf(scaleForm(form, -1), least, dims);
}

/** The smaller of two forms, if it is the same one for all sizes. */
export function smallerOf(a: Form, b: Form, least: LeastSize): Form | null {
  const difference = subtractForms(b, a);
  if (leastOf(difference, least) >= 0) return a;
  return greatestOf(difference, least) <= 0 ? b : null;
}
