/** Random graphs of linear operators and barriers, with all that may stand around them in files. */
import { namesRead, type TestGraph } from '../graph-file.ts';
import { DrawsAgain } from './draws-again.ts';
import { innerMakers } from './inner.ts';
import { randomNode } from './node.ts';
import { RandomWriter } from './writer.ts';

export interface RandomGraph {
  readonly graph: TestGraph;
  /** Dims of every input, for each run. */
  readonly runs: readonly Readonly<Record<string, readonly number[]>>[];
}

const OPSETS = [7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20, 21, 22];

export function randomGraph(random: () => number): RandomGraph {
  const pickOpset = OPSETS[Math.floor(random() * OPSETS.length)]!;
  const draws = new DrawsAgain(random);
  const writer = new RandomWriter(pickOpset, { names: 0, functions: [], innerMakers, draws });
  const rank = writer.pick([4, 4, 4, 4, 3, 3, 2, 5]);
  const sizes = Array.from({ length: rank }, (_, axis) => {
    if (axis === 0) return writer.int(1, 2);
    return axis === 1 ? writer.pick([1, 2, 2, 3, 4, 4, 6]) : writer.int(1, rank === 5 ? 4 : 8);
  });
  if (rank === 4 && writer.chance(0.2)) sizes[3] = sizes[1]!; // C == W
  const free = writer.chance(0.4) ? sizes.map((_, axis) => axis !== 1 && writer.chance(0.7)) : sizes.map(() => false);
  writer.hasFreeSizes = free.some(Boolean);
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

function finish(writer: RandomWriter, inputs: TestGraph['inputs']): TestGraph {
  const { nodes, tensors, opset, overridable } = writer;
  const read = new Set(namesRead(nodes));
  const isValue = new Set(writer.values.map(({ name }) => name));
  const made = nodes.flatMap((node) => node.outputs).filter((name) => isValue.has(name));
  const outputs = made.filter((name) => !read.has(name) || writer.chance(0.12));
  return {
    opset,
    ir: 8,
    inputs: [...inputs, ...overridable.map(({ name, dims }) => ({ name, dims }))],
    tensors,
    functions: writer.shared.functions.map(({ definition }) => definition),
    nodes: writer.chance(0.05) ? [...nodes].reverse() : nodes, // files need not be sorted
    outputs,
  };
}

/** The declared sizes, and others where they are free. Overridable constants get a value in every second run. */
function runsOf(
  writer: RandomWriter,
  inputs: TestGraph['inputs'],
  sizes: readonly number[],
  free: readonly boolean[],
  square: boolean,
) {
  const shifts = free.some(Boolean) ? [0, 1, 2, writer.int(3, 5), -1] : [0, 0];
  return shifts.map((shift, run) => {
    const dims = sizes.map((size, axis) =>
      free[axis] ? Math.max(1, size + (axis > 1 && !square && writer.chance(0.2) ? 0 : shift)) : size,
    );
    const given = Object.fromEntries(inputs.map(({ name }) => [name, dims]));
    if (run % 2 === 1) for (const tensor of writer.overridable) given[tensor.name] = [...tensor.dims];
    return given;
  });
}
