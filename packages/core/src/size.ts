/** Sizes of tensor axes that may be unknown until run time, and when two of them are surely equal. */

/** `floor((symbol + constant) / stride)`: closed under every window operator, so equal triples are equal sizes. */
export interface SymbolicSize {
  readonly symbol: string;
  readonly stride: number;
  readonly constant: number;
}

export type Size = number | SymbolicSize;

/** A size known only by name. Each unnamed axis must get a name of its own. */
export function symbol(name: string): SymbolicSize {
  return { symbol: name, stride: 1, constant: 0 };
}

/** `floor((size + constant) / stride)`; floors nest: floor((floor((n+a)/s)+b)/t) = floor((n+a+s*b)/(s*t)). */
export function floorDivide(size: Size, constant: number, stride: number): Size {
  if (typeof size === 'number') return Math.floor((size + constant) / stride);
  return { symbol: size.symbol, stride: size.stride * stride, constant: size.constant + size.stride * constant };
}

/** True only where the sizes are equal for every input. */
export function sameSize(a: Size, b: Size): boolean {
  if (typeof a === 'number' || typeof b === 'number') return a === b;
  return a.symbol === b.symbol && a.stride === b.stride && a.constant === b.constant;
}

export function sameShape(a: readonly Size[], b: readonly Size[]): boolean {
  return a.length === b.length && a.every((size, axis) => sameSize(size, b[axis]!));
}

/** The size when every symbol stands for `value`. */
export function sizeAt(size: Size, value: number): number {
  return typeof size === 'number' ? size : Math.floor((value + size.constant) / size.stride);
}

/** "224", "H", "floor((H+1)/2)". */
export function formatSize(size: Size): string {
  if (typeof size === 'number') return String(size);
  const { symbol: name, stride, constant } = size;
  const sum = constant === 0 ? name : `${name}${constant > 0 ? '+' : ''}${constant}`;
  return stride === 1 ? sum : `floor((${sum})/${stride})`;
}
