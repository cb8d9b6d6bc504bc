/** Draws numbers, constants and nodes. */
import { Draws } from '@reparam/testing';
import { type AttributeValue, GraphBuilder } from '../graph-builder.ts';

export interface Known {
  readonly name: string;
  /** At the first of the sizes it is run at. */
  readonly dims: readonly number[];
}

export class GraphSketch extends Draws<Known> {
  readonly graph = new GraphBuilder();

  floats(shape: readonly number[], draw: () => number = () => this.random() * 2 - 1): string {
    const sparse = this.chance(0.15) ? 0.6 : 0;
    const count = shape.reduce((product, size) => product * size, 1);
    const values = Array.from({ length: count }, () => (this.random() < sparse ? 0 : draw()));
    const name = this.graph.constant(shape, values);
    return this.chance(0.1) ? this.graph.add('Identity', [name]) : name;
  }

  make(
    op: string,
    inputs: readonly string[],
    dims: readonly number[],
    attributes: Record<string, AttributeValue> = {},
  ) {
    const name = this.graph.add(op, inputs, attributes);
    this.values.push({ name, dims });
    return name;
  }
}

export type Maker = (sketch: GraphSketch) => boolean;

export const rank4 = ({ dims }: Known) => dims.length === 4;

export const channels = ({ dims }: Known) => dims.at(-1)!;
