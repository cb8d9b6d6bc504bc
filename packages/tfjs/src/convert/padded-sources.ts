/** Sources that are values of the model behind padding whose amounts depend on sizes that are not known. */
import { formatSize, refuse, type Value, type ValueId } from '@reparam/core';
import type { Shape } from './model-view.ts';
import { isPaddedSize } from './windows.ts';

const barrier = refuse(
  'size-depends-on-input',
  'its padding "same" at a stride above 1 depends on the input size, which is not declared: only what pads the same merges with it',
  'declare it with inputShape (CLI: --shape)',
);

/** One for each value and padding, under the value's name: layers and nodes that read it pad by themselves. */
export class PaddedSources {
  private readonly values: Value[];
  private readonly ids: ReadonlyMap<string, ValueId>;
  private readonly found = new Map<string, ValueId>();

  constructor(values: Value[], ids: ReadonlyMap<string, ValueId>) {
    this.values = values;
    this.ids = ids;
  }

  /** `sizes` are the spatial ones. */
  find(name: string, sizes: Shape): ValueId {
    const key = [name, ...sizes.map((size) => (isPaddedSize(size) ? JSON.stringify(size) : formatSize(size)))].join(
      ' ',
    );
    const known = this.found.get(key);
    if (known !== undefined) return known;
    const source = this.ids.get(name)!;
    const { shape, origin } = this.values[source]!;
    const own = { name, shape: [...shape.slice(0, 2), ...sizes], origin: `padded ${origin}`, barrier };
    this.values.push({ ...own, definitions: [], kept: false, reads: [source] });
    this.found.set(key, this.values.length - 1);
    return this.values.length - 1;
  }
}
