/** Random graphs of linear operators and barriers, with all that may stand around them in files. */
import type { GraphNode, GraphTensor, TestGraph } from './graph-file.ts';
import { randomNode } from './random-node.ts';

/** A value of the graph under way, with its dims at the first of the sizes it is run at. */
export interface Known {
  readonly name: string;
  readonly dims: readonly number[];
}

export interface RandomGraph {
  readonly graph: TestGraph;
  /** Dims of every input, for each run. */
  readonly runs: readonly Readonly<Record<string, readonly number[]>>[];
}

/** Draws numbers, and collects what a graph consists of. */
export class GraphWriter {
  readonly opset: number;
  readonly values: Known[] = [];
  readonly nodes: GraphNode[] = [];
  readonly tensors: GraphTensor[] = [];
  readonly overridable: GraphTensor[] = [];
  readonly random: () => number;
  private names = 0;

  constructor(random: () => number, opset: number) {
    this.random = random;
    this.opset = opset;
  }

  /** A whole number from `low` to `high`. */
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
  value(fits: (value: Known) => boolean = () => true): Known | undefined {
    const found = this.values.filter(fits);
    if (found.length === 0) return undefined;
    return found[Math.floor(found.length * this.random() ** 0.6)];
  }

  name(role: string): string {
    return `${role}${this.names++}`;
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
    const shared = this.tensors.filter((tensor) => !tensor.whole && tensor.dims.join() === dims.join());
    if (shared.length > 0 && this.chance(0.15)) return this.pick(shared).name;
    const name = this.name('c');
    const count = dims.reduce((product, dim) => product * dim, 1);
    const sparse = this.chance(0.15) ? 0.6 : 0;
    const values = Array.from({ length: count }, () => (this.random() < sparse ? 0 : Math.fround(draw())));
    const tensor = { name, dims, values, byNode: this.chance(0.15) };
    this.tensors.push(tensor);
    if (!tensor.byNode && this.chance(0.02)) this.overridable.push(tensor);
    return this.chance(0.12) ? this.compute(name, dims) : name;
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

const OPSETS = [7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20, 21, 22];

export function randomGraph(random: () => number): RandomGraph {
  const pickOpset = OPSETS[Math.floor(random() * OPSETS.length)]!;
  const writer = new GraphWriter(random, pickOpset);
  const rank = writer.pick([4, 4, 4, 4, 3, 3, 2, 5]);
  const sizes = Array.from({ length: rank }, (_, axis) => {
    if (axis === 0) return writer.int(1, 2);
    return axis === 1 ? writer.pick([1, 2, 2, 3, 4, 4, 6]) : writer.int(1, rank === 5 ? 4 : 8);
  });
  if (rank === 4 && writer.chance(0.2)) sizes[3] = sizes[1]!; // C == W
  const free = writer.chance(0.4) ? sizes.map((_, axis) => axis !== 1 && writer.chance(0.7)) : sizes.map(() => false);
  const named = writer.chance(0.7);
  const square = sizes[2] === sizes[3] && free[2] === true && free[3] === true && writer.chance(0.5);
  const nameOf = (prefix: string, axis: number) => (named ? `${prefix}${square && axis === 3 ? 2 : axis}` : null);
  const dims = sizes.map((size, axis) => (free[axis] ? nameOf('d', axis) : size));
  const inputs = [{ name: 'x', dims }];
  writer.values.push({ name: 'x', dims: sizes });
  if (writer.chance(0.25)) {
    const own = writer.chance(0.3); // sizes of its own, which happen to be equal
    inputs.push({ name: 'x2', dims: own ? sizes.map((size, axis) => (free[axis] ? nameOf('e', axis) : size)) : dims });
    writer.values.push({ name: 'x2', dims: sizes });
  }
  const count = writer.int(2, writer.chance(0.1) ? 24 : 9);
  for (let made = 0; made < count; ) if (randomNode(writer)) made++;
  return { graph: finish(writer, inputs), runs: runsOf(writer, inputs, sizes, free, square) };
}

function finish(writer: GraphWriter, inputs: TestGraph['inputs']): TestGraph {
  const { nodes, tensors, opset, overridable } = writer;
  const read = new Set(nodes.flatMap((node) => node.inputs));
  const isValue = new Set(writer.values.map(({ name }) => name));
  const made = nodes.flatMap((node) => node.outputs).filter((name) => isValue.has(name));
  const outputs = made.filter((name) => !read.has(name) || writer.chance(0.12));
  return {
    opset,
    ir: 8,
    inputs: [...inputs, ...overridable.map(({ name, dims }) => ({ name, dims }))],
    tensors,
    nodes: writer.chance(0.05) ? [...nodes].reverse() : nodes, // files need not be sorted
    outputs,
  };
}

/** The declared sizes, and others where they are free. Overridable constants get a value in every second run. */
function runsOf(
  writer: GraphWriter,
  inputs: TestGraph['inputs'],
  sizes: readonly number[],
  free: readonly boolean[],
  square: boolean,
) {
  const shifts = free.some(Boolean) ? [0, 1, 2, writer.int(3, 5)] : [0, 0];
  return shifts.map((shift, run) => {
    const dims = sizes.map((size, axis) =>
      free[axis] ? size + (axis > 1 && !square && writer.chance(0.2) ? 0 : shift) : size,
    );
    const given = Object.fromEntries(inputs.map(({ name }) => [name, dims]));
    if (run % 2 === 1) for (const tensor of writer.overridable) given[tensor.name] = [...tensor.dims];
    return given;
  });
}
