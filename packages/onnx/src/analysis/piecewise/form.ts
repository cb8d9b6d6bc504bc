/** Linear forms with whole coefficients, in positions of a tensor's elements and in free sizes. */
import type { Size } from '@reparam/core';

/** A position on an axis, by the axis; or a free size, by its name. */
export type Variable = number | string;

/** `constant + sum of coefficient * variable`; no coefficient is 0. */
export interface Form {
  readonly constant: number;
  readonly terms: ReadonlyMap<Variable, number>;
}

export function formOf(constant: number): Form {
  return { constant, terms: new Map() };
}

export function position(axis: number): Form {
  return { constant: 0, terms: new Map([[axis, 1]]) };
}

/** `floor((symbol + constant) / stride)` is a whole number and a size whose constant is less than the stride. */
export function sizeForm(size: Size): Form {
  if (typeof size === 'number') return formOf(size);
  const { symbol, stride, constant } = size;
  const whole = Math.floor(constant / stride);
  return { constant: whole, terms: new Map([[`${stride} ${constant - stride * whole} ${symbol}`, 1]]) };
}

/** The symbol, stride and constant of a free size. */
export function parseVariable(name: string): { symbol: string; stride: number; constant: number } {
  const [stride, constant, ...symbol] = name.split(' ');
  return { symbol: symbol.join(' '), stride: Number(stride), constant: Number(constant) };
}

/** `a + factor * b` */
export function addForms(a: Form, b: Form, factor = 1): Form {
  const terms = new Map(a.terms);
  for (const [variable, coefficient] of b.terms) {
    const sum = (terms.get(variable) ?? 0) + factor * coefficient;
    if (sum === 0) terms.delete(variable);
    else terms.set(variable, sum);
  }
  return { constant: a.constant + factor * b.constant, terms };
}

export function subtractForms(a: Form, b: Form): Form {
  return addForms(a, b, -1);
}

export function plus(form: Form, constant: number): Form {
  return constant === 0 ? form : { ...form, constant: form.constant + constant };
}

export function scaleForm(form: Form, factor: number): Form {
  return addForms(formOf(0), form, factor);
}

/** Forms in place of the positions. */
export function substitute(form: Form, positions: readonly Form[]): Form {
  let result = formOf(form.constant);
  for (const [variable, coefficient] of form.terms) {
    const term = typeof variable === 'number' ? positions[variable]! : { constant: 0, terms: new Map([[variable, 1]]) };
    result = addForms(result, term, coefficient);
  }
  return result;
}

/** The number that the form is; undefined where it varies. */
export function numberOf(form: Form): number | undefined {
  return form.terms.size === 0 ? form.constant : undefined;
}

export function sameForm(a: Form, b: Form): boolean {
  return numberOf(subtractForms(a, b)) === 0;
}

export function formValue({ constant, terms }: Form, valueOfVariable: (variable: Variable) => number): number {
  let value = constant;
  for (const [variable, coefficient] of terms) value += coefficient * valueOfVariable(variable);
  return value;
}

export function positionsIn(form: Form): number[] {
  return [...form.terms.keys()].filter((variable) => typeof variable === 'number');
}

export function sizesIn(form: Form): string[] {
  return [...form.terms.keys()].filter((variable) => typeof variable === 'string');
}
