/** Random control flow with bodies that read values around them, and functions of the model. */
import type { GraphInput, GraphNode, TestGraph } from '../graph-file.ts';
import { type InnerMakers, randomNode } from './node.ts';
import type { Attributes, Known, KnownFunction, Make, RandomWriter } from './writer.ts';

/** Adds nodes to a graph inside, on these values. */
function fill(inner: RandomWriter, values: readonly Known[]): void {
  inner.values.push(...values);
  const count = inner.int(1, 5);
  for (let tries = 0, made = 0; made < count && tries < 30; tries++) if (randomNode(inner, innerMakers)) made++;
}

/** A value of these dims that a node of the graph makes: the last there is, or the value through an activation. */
function outputOf(inner: RandomWriter, value: Known): string {
  const made = new Set(inner.nodes.flatMap(({ outputs }) => outputs));
  const fits = inner.values.filter(({ name, dims }) => made.has(name) && dims.join() === value.dims.join());
  return fits.at(-1)?.name ?? inner.add(inner.pick(['Relu', 'Neg']), [value.name], value.dims);
}

function bodyOf(inner: RandomWriter, inputs: readonly GraphInput[], outputs: readonly string[]): TestGraph {
  const { opset, tensors, nodes } = inner;
  return { opset, inputs, tensors, outputs, nodes };
}

/** Some values that a body may read by name. */
function captured(writer: RandomWriter, value: Known): Known[] {
  const others = writer.values.filter(({ name }) => name !== value.name && writer.chance(0.4));
  return [...others.slice(-3), value];
}

/** A scalar that no other node reads. */
function scalar(writer: RandomWriter, value: number, whole: true | 'bool'): string {
  const name = writer.name('s');
  writer.tensors.push({ name, dims: [], values: [value], whole });
  return name;
}

const choose: Make = (writer, value) => {
  const condition = scalar(writer, writer.int(0, 1), 'bool');
  const branch = () => {
    const inner = writer.inner(false);
    fill(inner, captured(writer, value));
    return { body: bodyOf(inner, [], [outputOf(inner, value)]) };
  };
  writer.add('If', [condition], value.dims, { then_branch: branch(), else_branch: branch() });
};

/** What a body declares of an input: all, some or nothing. */
function declared(writer: RandomWriter, dims: readonly number[]): GraphInput['dims'] {
  if (writer.chance(0.2)) return null;
  const isKnown = (axis: number) => axis === 1 || !writer.hasFreeSizes;
  const named = writer.chance(0.5);
  return dims.map((size, axis) =>
    isKnown(axis) && writer.chance(0.8) ? size : named ? writer.pick([`d${axis}`, `own${axis}`]) : null,
  );
}

const loop: Make = (writer, value) => {
  const trips = writer.int(1, 3);
  const inner = writer.inner(false);
  const [step, condition, carried] = [inner.name('step'), inner.name('go'), inner.name('carried')];
  const start = { name: carried, dims: value.dims };
  fill(inner, [...(writer.chance(0.7) ? captured(writer, value) : []), start]);
  const next = outputOf(inner, start);
  const kept = inner.name('kept');
  inner.nodes.push({ op: 'Identity', inputs: [condition], outputs: [kept] });
  const given = inner.values.find(({ name }) => name === next)!;
  const collects = writer.chance(0.4);
  const inputs = [
    { name: step, dims: [], whole: true },
    { name: condition, dims: [], whole: 'bool' as const },
    { name: carried, dims: declared(writer, value.dims) },
  ];
  const body = bodyOf(inner, inputs, [kept, next, ...(collects ? [next] : [])]);
  const outputs = [writer.name('v'), ...(collects ? [writer.name('v')] : [])];
  const go = writer.chance(0.3) ? '' : scalar(writer, 1, 'bool');
  const attributes = { body: { body: { ...body, conditions: [kept] } } };
  writer.nodes.push({ op: 'Loop', inputs: [scalar(writer, trips, true), go, value.name], outputs, attributes });
  writer.values.push({ name: outputs[0]!, dims: value.dims });
  if (collects) writer.values.push({ name: outputs[1]!, dims: [trips, ...given.dims] });
};

const scan: Make = (writer, value) => {
  if (writer.opset < 9 || value.dims.length < 3 || (writer.hasFreeSizes && writer.chance(0.7))) return;
  const inner = writer.inner(false);
  const slice = { name: inner.name('slice'), dims: value.dims.slice(1) };
  fill(inner, [...(writer.chance(0.5) ? captured(writer, value) : []), slice]);
  const output = outputOf(inner, slice);
  const made = inner.values.find(({ name }) => name === output)!;
  const sizes = writer.hasFreeSizes ? slice.dims.map(() => null) : slice.dims;
  const body = bodyOf(inner, [{ name: slice.name, dims: writer.chance(0.8) ? sizes : null }], [output]);
  writer.add('Scan', [value.name], [value.dims[0]!, ...made.dims], { num_scan_inputs: 1, body: { body } });
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

export const innerMakers: InnerMakers = [
  [2, choose],
  [1, loop],
  [1, scan],
  [2, call],
];
