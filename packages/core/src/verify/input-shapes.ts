/** Which shapes to run a model at: the declared ones, several sizes where they are symbolic. */

import { ShapeError } from '../errors.ts';
import type { ValueMetadata } from './session.ts';

/** Dims of each input by its name. */
export type InputShapes = Readonly<Record<string, readonly number[]>>;

export interface ShapePlan {
  readonly shapes: readonly InputShapes[];
  /** To be tried one after the other if a model takes none of the others. */
  readonly fallback: readonly InputShapes[];
}

/** What to put for free sizes: those of a first axis, which is a batch nearly always, and the others by their number. */
interface SizeRule {
  readonly batch: number;
  readonly other: (index: number) => number;
}

/** A round size that most networks take, odd and unequal ones that put borders elsewhere, and unequal multiples of 32. */
const RULES: readonly SizeRule[] = [
  { batch: 2, other: () => 64 },
  { batch: 1, other: (index) => 33 + 4 * index },
  { batch: 1, other: (index) => 64 + 32 * index },
];
const FALLBACK: readonly SizeRule[] = [224, 16, 1].map((size) => ({ batch: 1, other: () => size }));

/**
 * Shapes for all inputs. A symbolic size is the same wherever its name stands; `given` shapes win, and also decide the
 * symbols they contain. Throws a ShapeError if a given shape is of no input, or does not fit it.
 */
export function planShapes(inputs: readonly ValueMetadata[], given: InputShapes): ShapePlan {
  const shapesBy = bindShapes(inputs, given);
  const shapes = distinct(RULES.map(shapesBy));
  return { shapes, fallback: distinct(FALLBACK.map(shapesBy), shapes) };
}

/** The shapes to measure at: one image of 224 by 224, for most models. Throws as `planShapes` does. */
export function usualShapes(inputs: readonly ValueMetadata[], given: InputShapes): InputShapes {
  return bindShapes(inputs, given)(FALLBACK[0]!);
}

/** Finds the free sizes; gives the shapes that a rule makes of them. */
function bindShapes(inputs: readonly ValueMetadata[], given: InputShapes): (rule: SizeRule) => InputShapes {
  checkNames(inputs, Object.keys(given));
  const bound = new Map<string, number>();
  const free = new Set<string>();
  const batches = new Set<string>();
  for (const input of inputs) {
    if (given[input.name]) checkShape(input, given[input.name]!);
    for (const [axis, dim] of input.dims.entries()) {
      if (typeof dim === 'number') continue;
      const key = keyOf(input, axis);
      if (given[input.name]) bound.set(key, given[input.name]![axis]!);
      else free.add(key);
      if (axis === 0) batches.add(key);
    }
  }
  const others = [...free].filter((key) => !bound.has(key) && !batches.has(key));
  return ({ batch, other }) => {
    const sizeOf = (key: string) => bound.get(key) ?? (batches.has(key) ? batch : other(others.indexOf(key)));
    const dimsOf = (input: ValueMetadata) =>
      given[input.name] ?? input.dims.map((dim, axis) => (typeof dim === 'number' ? dim : sizeOf(keyOf(input, axis))));
    return Object.fromEntries(inputs.map((input) => [input.name, dimsOf(input)]));
  };
}

/** Throws a ShapeError if one of the names is not that of an input. */
export function checkNames(inputs: readonly ValueMetadata[], names: readonly string[]): void {
  const known = inputs.map(({ name }) => name);
  const unknown = names.find((name) => !known.includes(name));
  if (unknown === undefined) return;
  throw new ShapeError(
    `The model has no input "${unknown}", expected ${known.map((name) => `"${name}"`).join(', ')}.`,
    {
      code: 'unknown-input',
    },
  );
}

/** Throws a ShapeError if an input cannot have the shape. */
function checkShape({ name, dims }: ValueMetadata, shape: readonly number[]): void {
  const fits =
    shape.length === dims.length && dims.every((dim, axis) => typeof dim !== 'number' || dim === shape[axis]);
  if (fits || dims.length === 0) return;
  const expected = dims.map((dim) => dim ?? '?').join(', ');
  throw new ShapeError(`Input "${name}" is given the shape [${shape.join(', ')}], expected [${expected}].`);
}

/** A size without a name is a symbol of its own. */
function keyOf({ name, dims }: ValueMetadata, axis: number): string {
  return String(dims[axis] ?? `${name} axis ${axis}`);
}

function distinct(shapes: readonly InputShapes[], known: readonly InputShapes[] = []): InputShapes[] {
  const seen = new Set(known.map((shape) => JSON.stringify(shape)));
  return shapes.filter((shape) => seen.size < seen.add(JSON.stringify(shape)).size);
}
