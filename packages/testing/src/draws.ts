/** Draws numbers and choices, and from the values that a random graph has so far. */

export class Draws<Value> {
  /** Of the graph under way, in the order in which they were made. */
  readonly values: Value[] = [];
  /** A number from 0 to below 1. */
  readonly random: () => number;

  constructor(random: () => number) {
    this.random = random;
  }

  /** A whole number from `low` to `high`. */
  int(low: number, high: number): number {
    return low + Math.floor(this.random() * (high - low + 1));
  }

  chance(probability: number): boolean {
    return this.random() < probability;
  }

  pick<Item>(items: readonly Item[]): Item {
    return items[this.int(0, items.length - 1)]!;
  }

  /** A value, later ones more often; undefined where none fits. */
  value(fits: (value: Value) => boolean = () => true): Value | undefined {
    const found = this.values.filter(fits);
    return found.length === 0 ? undefined : found[Math.floor(found.length * this.random() ** 0.6)];
  }
}
