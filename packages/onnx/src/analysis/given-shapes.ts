/** Shapes that the caller gives the inputs: they settle what the file leaves open, and contradict nothing that it says. */
import { ShapeError } from '@reparam/core';
import type { OnnxGraph } from '../proto/graph.ts';

type Shapes = Readonly<Record<string, readonly number[]>>;

/** Throws a ShapeError for a shape of no input, or one that the input cannot have. */
export function checkShapes({ inputs, initializers }: OnnxGraph, shapes: Shapes): void {
  for (const [name, given] of Object.entries(shapes)) {
    const input = inputs.find((candidate) => candidate.name === name);
    if (!input) {
      const known = inputs.filter((candidate) => !initializers.has(candidate.name));
      const expected = known.map((candidate) => `"${candidate.name}"`).join(', ');
      throw new ShapeError(`The model has no input "${name}", expected ${expected}.`, { code: 'unknown-input' });
    }
    const sizes = input.dims?.map((size) => (typeof size === 'number' && size > 0 ? size : null)) ?? null;
    if (!sizes || (sizes.length === given.length && sizes.every((size, axis) => (size ?? given[axis]) === given[axis])))
      continue;
    const expected = sizes.map((size) => size ?? '?').join(', ');
    throw new ShapeError(`Input "${name}" is given the shape [${given.join(', ')}], expected [${expected}].`);
  }
}
