/** ZeroPadding2D and Cropping2D: sizes before and after each of two axes. */
import { isObject, type JsonObject } from '../json.ts';

type Sides = readonly [number, number];

export function zeroPaddingOf({ padding }: JsonObject): readonly [Sides, Sides] | null {
  return padding === undefined || padding === null
    ? [
        [1, 1],
        [1, 1],
      ]
    : readSides(padding);
}

export function croppingOf({ cropping }: JsonObject): readonly [Sides, Sides] | null {
  return readSides(cropping);
}

/** One number for all sides, one for each axis, or one for each side of each axis. */
function readSides(value: unknown): readonly [Sides, Sides] | null {
  const [height, width] = Array.isArray(value) ? value : [value, value];
  const sides = [readAxis(height), readAxis(width)] as const;
  if (isObject(value) || (Array.isArray(value) && value.length !== 2)) return null;
  return sides[0] && sides[1] ? [sides[0], sides[1]] : null;
}

function readAxis(value: unknown): Sides | null {
  const [begin, end] = Array.isArray(value) ? value : [value, value];
  return isSize(begin) && isSize(end) ? [begin, end] : null;
}

function isSize(value: unknown): value is number {
  return Number.isInteger(value) && (value as number) >= 0;
}
