/** Whether two models can stand in for each other: the same inputs and outputs. */

import type { Session, ValueMetadata } from './session.ts';

/** What differs in the inputs and outputs of two models, each in words. Symbolic sizes fit any size, and any rank fits an unknown one. */
export function differencesOf(first: Session, second: Session): string[] {
  return [
    ...compareValues('input', first.inputs, second.inputs),
    ...compareValues('output', first.outputs, second.outputs),
  ];
}

/** The first model's inputs, with every size that one of the models fixes. */
export function mergeInputs(first: readonly ValueMetadata[], second: readonly ValueMetadata[]): ValueMetadata[] {
  type Dim = ValueMetadata['dims'][number];
  const fixed = (dim: Dim, other: Dim = null) => (typeof dim !== 'number' && typeof other === 'number' ? other : dim);
  return first.map((input) => {
    const other = second.find(({ name }) => name === input.name)?.dims ?? [];
    if (input.dims.length === 0) return { ...input, dims: other };
    return { ...input, dims: input.dims.map((dim, axis) => fixed(dim, other[axis])) };
  });
}

function compareValues(kind: string, first: readonly ValueMetadata[], second: readonly ValueMetadata[]): string[] {
  const missing = (values: readonly ValueMetadata[], among: readonly ValueMetadata[], where: string) =>
    values
      .filter(({ name }) => !among.some((value) => value.name === name))
      .map(({ name }) => `${kind} "${name}" is in the ${where} model only`);
  const unequal = first.flatMap((value) => {
    const other = second.find(({ name }) => name === value.name);
    if (!other || fits(value, other)) return [];
    return [`${kind} "${value.name}" is ${describe(value)} in the first model, ${describe(other)} in the second`];
  });
  return [...missing(first, second, 'first'), ...missing(second, first, 'second'), ...unequal];
}

function fits(first: ValueMetadata, second: ValueMetadata): boolean {
  if (first.type !== second.type) return false;
  if (first.dims.length === 0 || second.dims.length === 0) return true;
  const sameSize = (dim: number | string | null, axis: number) =>
    typeof dim !== 'number' || typeof second.dims[axis] !== 'number' || dim === second.dims[axis];
  return first.dims.length === second.dims.length && first.dims.every(sameSize);
}

function describe({ type, dims }: ValueMetadata): string {
  return type === null ? 'no tensor' : `${type} [${dims.map((dim) => dim ?? '?').join(', ')}]`;
}
