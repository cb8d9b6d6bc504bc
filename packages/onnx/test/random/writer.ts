/** Draws numbers, and collects what a random graph consists of. */
import { Draws } from '@reparam/testing';
import type { GraphAttribute, GraphNode, GraphTensor, TestFunction } from '../graph-file.ts';
import { computed } from './constants.ts';
import type { DrawsAgain } from './draws-again.ts';

/** A value of the graph under way, with its dims at the first of the sizes it is run at. */
export interface Known {
  readonly name: string;
  readonly dims: readonly number[];
}

export type Attributes = Record<string, GraphAttribute>;

/** Adds nodes on a value, or none where none fits. */
export type Make = (writer: RandomWriter, value: Known) => unknown;

/** Operators with graphs inside, given by whoever makes those of nodes in turn. */
export type InnerMakers = readonly (readonly [weight: number, make: Make])[];

/** A function, with the dims of what it takes and gives out. */
export interface KnownFunction {
  readonly definition: TestFunction;
  readonly inputs: readonly (readonly number[])[];
  readonly outputs: readonly (readonly number[])[];
}

/** What the graphs of a model share. */
interface Shared {
  names: number;
  readonly functions: KnownFunction[];
  readonly innerMakers: InnerMakers;
  readonly draws: DrawsAgain;
}

interface Around {
  readonly writer: RandomWriter;
  readonly isFunction: boolean;
}

export class RandomWriter extends Draws<Known> {
  readonly opset: number;
  readonly nodes: GraphNode[] = [];
  readonly tensors: GraphTensor[] = [];
  readonly overridable: GraphTensor[] = [];
  /** Whether some sizes differ from run to run. */
  hasFreeSizes: boolean;
  /** How many graphs are around. */
  readonly depth: number;
  readonly isFunction: boolean;
  readonly shared: Shared;
  /** Float constants that may be read here. */
  private readonly constants: GraphTensor[];

  constructor(opset: number, shared: Shared, around: Around | null = null) {
    super(shared.draws.next);
    this.opset = opset;
    this.hasFreeSizes = around?.writer.hasFreeSizes ?? false;
    this.shared = shared;
    this.constants = around && !around.isFunction ? [...around.writer.constants] : [];
    this.depth = around ? around.writer.depth + 1 : 0;
    this.isFunction = around?.isFunction ?? false;
  }

  /** A writer of a graph inside: a body, which sees the constants around, or a function, which does not. */
  inner(isFunction: boolean): RandomWriter {
    return new RandomWriter(this.opset, this.shared, { writer: this, isFunction });
  }

  name(role: string): string {
    return `${role}${this.shared.names++}`;
  }

  add(
    op: string,
    inputs: readonly string[],
    dims: readonly number[] | null,
    attributes: GraphNode['attributes'] = {},
  ): string {
    const output = this.name('v');
    this.nodes.push({ op, inputs, outputs: [output], attributes });
    if (dims) this.values.push({ name: output, dims });
    return output;
  }

  /** A list of whole numbers as a constant. */
  list(values: readonly number[], dims: readonly number[] = [values.length]): string {
    const name = this.name('list');
    this.tensors.push({ name, dims, values, whole: true, byNode: this.chance(0.3) });
    return name;
  }

  /** A float constant: plain, shared with an earlier one, computed by nodes, or a default a caller may override. */
  constant(dims: readonly number[], draw: () => number = () => this.random() * 2 - 1): string {
    const shared = this.constants.filter((tensor) => tensor.dims.join() === dims.join());
    if (shared.length > 0 && this.chance(0.15)) return this.pick(shared).name;
    const name = this.name('c');
    const count = dims.reduce((product, dim) => product * dim, 1);
    const sparse = this.chance(0.15) ? 0.6 : 0;
    const values = Array.from({ length: count }, () => (this.random() < sparse ? 0 : Math.fround(draw())));
    const tensor = { name, dims, values, byNode: this.chance(0.15) };
    this.tensors.push(tensor);
    this.constants.push(tensor);
    if (!tensor.byNode && this.depth === 0 && this.chance(0.02)) this.overridable.push(tensor);
    if (this.chance(0.1)) return this.compute(name, dims);
    return (this.chance(0.08) && computed(this, dims)) || name;
  }

  /** A constant made of another by nodes. */
  private compute(name: string, dims: readonly number[]): string {
    const kinds = ['Identity', 'Neg', 'Add', 'Mul', 'Reshape', 'Transpose'];
    const kind = this.pick(kinds);
    if (kind === 'Identity' || kind === 'Neg') return this.add(kind, [name], null);
    if (kind === 'Reshape') return this.add('Reshape', [name, this.list(dims.length ? dims : [1])], null);
    if (kind === 'Transpose') {
      const turned = this.name('c');
      const count = dims.reduce((product, dim) => product * dim, 1);
      const values = Array.from({ length: count }, () => Math.fround(this.random() - 0.5));
      this.tensors.push({ name: turned, dims: [...dims].reverse(), values });
      return this.add('Transpose', [turned], null);
    }
    return this.add(kind, [name, name], null);
  }
}
