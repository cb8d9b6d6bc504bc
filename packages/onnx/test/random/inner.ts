/** Random choices between bodies that read values around them, and functions of the model. */
import type { GraphNode } from '../graph-file.ts';
import { bodyOf, captured, fill, outputOf, scalar } from './bodies.ts';
import { grow, loop, scan } from './loops.ts';
import type { Attributes, InnerMakers, Known, KnownFunction, Make, RandomWriter } from './writer.ts';

const choose: Make = (writer, value) => {
  const condition = scalar(writer, writer.int(0, 1), 'bool');
  const branch = () => {
    const inner = writer.inner(false);
    fill(inner, captured(writer, value));
    return { body: bodyOf(inner, [], [outputOf(inner, value)]) };
  };
  writer.add('If', [condition], value.dims, { then_branch: branch(), else_branch: branch() });
};

/** A call of a function that fits, or of a new one. */
const call: Make = (writer, value) => {
  const fitting = writer.shared.functions.filter(({ inputs }) => inputs[0]!.join() === value.dims.join());
  const called = fitting.length > 0 && writer.chance(0.7) ? writer.pick(fitting) : define(writer, value);
  const { definition, inputs, outputs } = called;
  const others = inputs.slice(1).map((dims) => writer.constant(dims));
  const attributes: Attributes = Object.fromEntries(
    (definition.attributes ?? []).map((name) => [name, { float: writer.pick([1, 1, 0.5]) }]),
  );
  const made = outputs.map((dims) => ({ name: writer.name('v'), dims }));
  const node: GraphNode = {
    op: definition.name,
    domain: 'local',
    inputs: [value.name, ...others],
    outputs: made.map(({ name }) => name),
    attributes,
  };
  writer.nodes.push(node);
  writer.values.push(...made);
};

function define(writer: RandomWriter, value: Known): KnownFunction {
  const inner = writer.inner(true);
  const input = { name: inner.name('a'), dims: value.dims };
  const parameters: Known[] = [];
  const attributes: string[] = [];
  if (inner.chance(0.3) && value.dims.length > 1) {
    const factor = { name: inner.name('a'), dims: [value.dims[1]!, ...value.dims.slice(2).map(() => 1)] };
    parameters.push(factor);
    inner.add('Mul', [input.name, factor.name], value.dims);
  }
  fill(inner, [input]);
  if (inner.chance(0.3)) {
    attributes.push('slope');
    const inside = inner.pick(inner.values);
    inner.add('LeakyRelu', [inside.name], inside.dims, { alpha: { reference: 'slope', like: { float: 1 } } });
  }
  const names = [outputOf(inner, inner.pick(inner.values))];
  const other = outputOf(inner, inner.pick(inner.values));
  if (inner.chance(0.3) && other !== names[0]) names.push(other);
  const definition = {
    name: writer.name('Function'),
    inputs: [input, ...parameters].map(({ name }) => name),
    outputs: names,
    attributes,
    nodes: inner.nodes,
    tensors: inner.tensors,
  };
  const known = {
    definition,
    inputs: [input, ...parameters].map(({ dims }) => dims),
    outputs: names.map((name) => inner.values.find((made) => made.name === name)!.dims),
  };
  writer.shared.functions.push(known);
  return known;
}

/** Operators with graphs inside. */
export const innerMakers: InnerMakers = [
  [2, choose],
  [1, loop],
  [0.3, grow],
  [1, scan],
  [2, call],
];
