/** Draws numbers and layers. */
import type { layers as Layers, SymbolicTensor } from '@tensorflow/tfjs-layers';

export type Tensor = SymbolicTensor;

/** Draws numbers and layers. */
export class LayersSketch {
  readonly values: Tensor[] = [];
  readonly random: () => number;
  private names = 0;

  constructor(random: () => number) {
    this.random = random;
  }

  int(low: number, high: number): number {
    return low + Math.floor(this.random() * (high - low + 1));
  }

  chance(probability: number): boolean {
    return this.random() < probability;
  }

  pick<T>(items: readonly T[]): T {
    return items[this.int(0, items.length - 1)]!;
  }

  /** A value, later ones more often. */
  value(fits: (value: Tensor) => boolean = () => true): Tensor | undefined {
    const found = this.values.filter(fits);
    return found[Math.floor(found.length * this.random() ** 0.6)];
  }

  name(role: string): string {
    return `${role}_${this.names++}`;
  }

  apply(layer: Layers.Layer, inputs: Tensor | Tensor[]): Tensor {
    const output = layer.apply(inputs) as Tensor;
    this.values.push(output);
    return output;
  }
}

export type Maker = (sketch: LayersSketch) => boolean;

export const ranked =
  (...ranks: number[]) =>
  (value: Tensor) =>
    ranks.includes(value.shape.length);

export const spatial = ({ shape }: Tensor) => shape.slice(1, -1) as number[];

export const channels = ({ shape }: Tensor) => shape.at(-1) as number;

export function activation(sketch: LayersSketch) {
  return sketch.chance(0.8) ? 'linear' : sketch.pick(['linear', 'relu', 'elu', 'relu6', 'sigmoid'] as const);
}
