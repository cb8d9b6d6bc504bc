/** Draws numbers and layers. */
import { Draws } from '@reparam/testing';
import type { layers as Layers, SymbolicTensor } from '@tensorflow/tfjs-layers';

export type Tensor = SymbolicTensor;

export class LayersSketch extends Draws<Tensor> {
  private names = 0;

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
