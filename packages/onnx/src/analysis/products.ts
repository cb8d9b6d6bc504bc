/** Products of sizes, as reshapes make them. One that is no number gets a symbol, which remembers its factors. */
import { formatSize, type Size, type SymbolicSize, sameSize, symbol } from '@reparam/core';

export class SizeProducts {
  private readonly factors = new Map<string, readonly Size[]>();

  /** The product, equal for equal factors in any order. */
  multiply(sizes: readonly Size[]): Size {
    const all = sizes.flatMap((size) => this.factorsOf(size));
    const constant = all.reduce<number>((product, size) => (typeof size === 'number' ? product * size : product), 1);
    const symbols = all.filter((size) => typeof size !== 'number');
    if (symbols.length === 0 || constant === 0) return constant;
    if (constant === 1 && symbols.length === 1) return symbols[0]!;
    const sorted = symbols.map((size) => formatSize(size)).sort();
    const name = [...(constant === 1 ? [] : [String(constant)]), ...sorted].join('*');
    this.factors.set(name, constant === 1 ? symbols : [constant, ...symbols]);
    return symbol(name);
  }

  /** `product of whole / product of part`, where that is surely whole; undefined where it cannot be told. */
  divide(whole: readonly Size[], part: readonly Size[]): Size | undefined {
    const left = whole.flatMap((size) => this.factorsOf(size));
    let divisor = 1;
    for (const size of part.flatMap((other) => this.factorsOf(other))) {
      const place = left.findIndex((factor) => typeof factor !== 'number' && sameSize(factor, size));
      if (typeof size === 'number') divisor *= size;
      else if (place < 0) return undefined;
      else left.splice(place, 1);
    }
    const constant = left.reduce<number>((product, size) => (typeof size === 'number' ? product * size : product), 1);
    if (divisor === 0 || constant % divisor !== 0) return undefined;
    return this.multiply([constant / divisor, ...left.filter((size) => typeof size !== 'number')]);
  }

  /** The sizes that a product was made of. */
  factorsOf(size: Size): readonly Size[] {
    return isPlain(size) ? (this.factors.get(size.symbol) ?? [size]) : [size];
  }
}

function isPlain(size: Size): size is SymbolicSize {
  return typeof size !== 'number' && size.stride === 1 && size.constant === 0;
}

export function openProducts(): SizeProducts {
  return new SizeProducts();
}
