/** Graphs inside of random ones. */
import type { GraphInput, TestGraph } from '../graph-file.ts';
import { randomNode } from './node.ts';
import type { Known, RandomWriter } from './writer.ts';

/** Adds nodes to a graph inside, on these values. */
export function fill(inner: RandomWriter, values: readonly Known[]): void {
  inner.values.push(...values);
  const count = inner.int(1, 5);
  for (let tries = 0, made = 0; made < count && tries < 30; tries++) if (randomNode(inner)) made++;
}

/** A value of these dims that a node of the graph makes: the last there is, or the value through an activation. */
export function outputOf(inner: RandomWriter, value: Known): string {
  const made = new Set(inner.nodes.flatMap(({ outputs }) => outputs));
  const fits = inner.values.filter(({ name, dims }) => made.has(name) && dims.join() === value.dims.join());
  return fits.at(-1)?.name ?? inner.add(inner.pick(['Relu', 'Neg']), [value.name], value.dims);
}

export function bodyOf(inner: RandomWriter, inputs: readonly GraphInput[], outputs: readonly string[]): TestGraph {
  const { opset, tensors, nodes } = inner;
  return { opset, inputs, tensors, outputs, nodes };
}

/** Some values that a body may read by name. */
export function captured(writer: RandomWriter, value: Known): Known[] {
  const others = writer.values.filter(({ name }) => name !== value.name && writer.chance(0.4));
  return [...others.slice(-3), value];
}

/** A scalar that no other node reads. */
export function scalar(writer: RandomWriter, value: number, whole: true | 'bool'): string {
  const name = writer.name('s');
  writer.tensors.push({ name, dims: [], values: [value], whole });
  return name;
}

/** What a body declares of an input: all, some or nothing. */
export function declared(writer: RandomWriter, dims: readonly number[]): GraphInput['dims'] {
  if (writer.chance(0.2)) return null;
  const isKnown = (axis: number) => axis === 1 || !writer.hasFreeSizes;
  const named = writer.chance(0.5);
  return dims.map((size, axis) =>
    isKnown(axis) && writer.chance(0.8) ? size : named ? writer.pick([`d${axis}`, `own${axis}`]) : null,
  );
}
