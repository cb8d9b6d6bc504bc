/** Shapes of a network's inputs, as declared or as the caller says. */
import { ShapeError, type Size, sameSize, symbol } from '@reparam/core';
import type { Shape } from '../convert/model-view.ts';
import type { JsonObject } from '../json.ts';
import type { Network } from './topology.ts';

/** Sizes by the name of an input, batch first. */
export type GivenShapes = Readonly<Record<string, readonly number[]>>;

/** All inputs have the same number of samples: TensorFlow.js demands it. */
const batch = symbol('batch');

/** The shape declared by a layer that is or has an input; `given` sizes settle what it leaves open. */
export function declaredShape(config: JsonObject, name: string, given: GivenShapes): Shape | null {
  const declared = readDeclared(config);
  if (!declared) return null;
  const sizes = given[name];
  if (!sizes) return declared;
  const fits =
    sizes.length === declared.length &&
    declared.every((size, axis) => axis === 0 || typeof size !== 'number' || size === sizes[axis]);
  if (fits) return declared.map((size, axis) => (axis === 0 ? size : sizes[axis]!));
  const wanted = declared.map((size, axis) => (typeof size === 'number' ? size : axis === 0 ? 'batch' : 'any'));
  throw new ShapeError(`input "${name}": found the shape [${sizes.join(', ')}], expected [${wanted.join(', ')}]`);

  function readDeclared(from: JsonObject): Shape | null {
    const shape = from.batch_input_shape;
    if (!Array.isArray(shape)) return Array.isArray(from.input_shape) ? toShape([null, ...from.input_shape]) : null;
    return toShape(shape);
  }

  function toShape(list: readonly unknown[]): Shape {
    return list.map((size, axis): Size => {
      if (typeof size === 'number' && size >= 0) return size;
      return axis === 0 ? batch : symbol(`${name}:${axis}`);
    });
  }
}

/**
 * The shape of a nested model's input, by what it is called on: TensorFlow.js calls it on whatever it is given, and so its declared sizes
 * hold only where every call has them. The channels are those that its weights are made for.
 */
export function calledShape(declared: Shape, calls: readonly (Shape | null)[], name: string): Shape {
  return declared.map((size, axis) => {
    if (axis === 0 || axis === declared.length - 1) return size;
    const [first, ...others] = calls.map((shape) => (shape?.length === declared.length ? shape[axis]! : null));
    if (first === undefined) return size; // never called
    const agreed = first !== null && others.every((other) => other !== null && sameSize(other, first));
    return agreed && typeof first === 'number' ? first : symbol(`${name}:${axis}`);
  });
}

/** The shape that all calls agree on, of an input that declares none: of layers that are shared together. */
export function agreedShape(calls: readonly (Shape | null)[], name: string): Shape | null {
  const [first] = calls;
  if (!first || first.length === 0 || calls.some((shape) => shape?.length !== first.length)) return null;
  return first.map((size, axis) => {
    if (axis === 0) return batch;
    const agreed = typeof size === 'number' && calls.every((shape) => shape![axis] === size);
    return agreed ? size : symbol(`${name}:${axis}`);
  });
}

/** The name TensorFlow.js gives the input of a Sequential model that declares none; null where it declares one. */
export function implicitInput({ layers }: Network): string | null {
  const [first] = layers;
  return !first || first.className === 'InputLayer' ? null : `${first.name}_input`;
}

/** Whether an input holds floats. */
export function isFloatInput({ dtype }: JsonObject): boolean {
  return dtype === undefined || dtype === null || dtype === 'float32';
}
