/** Sizes as a graph declares them, and what becomes of them as more is known. */
import { type Size, type SymbolicSize, sizeAt, symbol } from '@reparam/core';
import type { Shape } from './shape-rules.ts';

/** Begins the names of sizes that nothing is known of. */
const UNKNOWN = '?';
/** Begins the names of sizes that one body or function declares: they may differ from those of that name around it. */
const LOCAL = '@';
const RESERVED = /^[?@]/;

/** Makes sizes of which nothing is known, no two of them equal. */
export function sizeMaker(): () => SymbolicSize {
  let made = 0;
  return () => symbol(`${UNKNOWN}${made++}`);
}

/** Reads the dims of one graph. The names of a local one are its own. */
export function dimReader(freshSize: () => SymbolicSize, isLocal: boolean): (dim: number | string | null) => Size {
  const prefix = isLocal ? `${LOCAL}${freshSize().symbol}:` : '';
  return (dim) => {
    if (typeof dim === 'number') return dim;
    return dim === null ? freshSize() : symbol(`${prefix}${RESERVED.test(dim) ? `"${dim}"` : dim}`);
  };
}

/** What a free size turns out to be, it is everywhere. Of size `found`, which has stride 1, is known that it is `value`. */
export function settleSize(shapes: Map<string, Shape>, found: SymbolicSize, value: number): void {
  const settled = (size: Size) => {
    if (typeof size === 'number' || size.symbol !== found.symbol) return size;
    return sizeAt(size, value - found.constant);
  };
  for (const [name, shape] of shapes) {
    if (shape.some((size) => settled(size) !== size)) shapes.set(name, shape.map(settled));
  }
}

/** Whether nothing is known of a size, nor of one that it is a multiple of. */
export function isUnknown({ symbol }: SymbolicSize): boolean {
  return symbol.replace(/^\d+\*/, '').startsWith(UNKNOWN);
}

/** What was inferred; where that says nothing of a size, what the file declares. A size that follows from an input's stays symbolic. */
export function mergeShapes(inferred: Shape | null, declared: Shape | null): Shape | null {
  if (!inferred || !declared || inferred.length !== declared.length) return inferred ?? declared;
  return inferred.map((size, axis) =>
    typeof size !== 'number' && isUnknown(size) && typeof declared[axis] === 'number' ? declared[axis] : size,
  );
}
