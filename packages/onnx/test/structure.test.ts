/** A model as it is drawn: nodes under the reports' names, edges of values only, and weights on demand. */
import { readFile } from 'node:fs/promises';
import { bytesSource, openModel, readArray, reparameterize } from '@reparam/onnx';
import { readStructure } from '@reparam/onnx/structure';
import { listFixtures } from '@reparam/testing';
import { describe, expect, test } from 'vitest';
import { GraphBuilder } from './graph-builder.ts';
import { fileOf } from './graph-file.ts';
import {
  block,
  body,
  branchNodes,
  branchWeights,
  callOf,
  choose,
  condition,
  handOn,
  image,
} from './inner/inner-graph.ts';

const structureOf = async (bytes: Uint8Array) => readStructure(await openModel(bytesSource(bytes)));

test('constants and what is computed of them are no nodes', async () => {
  const builder = new GraphBuilder();
  const weight = builder.node('Add', [builder.constant([4, 4, 1, 1]), builder.constant([4, 4, 1, 1])]);
  const y = builder.relu(builder.node('Conv', ['x', weight]));
  const { nodes, inputs, outputs, graph } = await structureOf(fileOf(builder.graph(y)));
  expect(nodes.map(({ opType, inputs: read }) => [opType, ...read])).toEqual([
    ['Conv', 'x'],
    ['Relu', nodes[0]!.outputs[0]],
  ]);
  expect([inputs, outputs]).toEqual([['x'], [y]]);
  const [definition] = graph.values.find(({ name }) => name === nodes[0]!.outputs[0])!.definitions;
  expect(readArray(definition!.terms[0]!.operator.weight)).toHaveLength(16);
});

describe.each(listFixtures().map(({ name, train }) => [name, train[0]!.path!] as const))('%s', (_, path) => {
  test('every node that is gone was there, under its name', async () => {
    const bytes = new Uint8Array(await readFile(path));
    const { report } = await reparameterize(bytes);
    const names = new Set((await structureOf(bytes)).nodes.map(({ name }) => name));
    const made = new Set(report.fusions.flatMap(({ into }) => into.map(({ name }) => name)));
    const gone = report.fusions.flatMap(({ nodes }) => nodes.map(({ name }) => name));
    for (const name of gone.filter((one) => !made.has(one))) expect(names).toContain(name);
  });

  test('the new model still computes every value that was fused', async () => {
    const { model, report } = await reparameterize(new Uint8Array(await readFile(path)));
    const { graph } = await structureOf(model);
    const values = new Set(graph.values.map(({ name }) => name));
    const replaced = new Set(report.fusions.flatMap(({ nodes }) => nodes.map(({ name }) => name)));
    const last = report.fusions.filter(({ into }) => into.length > 0 && into.every(({ name }) => !replaced.has(name)));
    const found = last.filter(({ name }) => values.has(name));
    expect(found.length).toBe(last.length);
  });
});

test('bodies and functions are graphs of their own, opened by the nodes that run them', async () => {
  const deeper = choose('w', [handOn('s', 'p'), body([callOf('Block', ['s'], 'q')], [], 'q')]);
  const outer = body([...branchNodes('x', 'a', 's'), deeper], branchWeights('a'), 'w');
  const graph = image({
    nodes: [choose('y', [outer, handOn('x', 'r')]), callOf('Block', ['y'], 'z')],
    tensors: [condition],
    outputs: ['z'],
    functions: [block()],
  });
  const { nodes, inner = [] } = await structureOf(fileOf(graph));
  expect(nodes.map(({ opens }) => opens)).toEqual([['node_y/then_branch', 'node_y/else_branch'], ['local::Block']]);
  const summary = inner.map(({ place, around, owner, role, inputs, outputs }) => [
    ...[place, around, owner, role, inputs.join(), outputs.join()],
  ]);
  expect(summary).toEqual([
    ['node_y/then_branch', '', 'node_y', 'then_branch', 'x', 'w'],
    ['node_y/then_branch/node_w/then_branch', 'node_y/then_branch', 'node_w', 'then_branch', 's', 'p'],
    ['node_y/then_branch/node_w/else_branch', 'node_y/then_branch', 'node_w', 'else_branch', 's', 'q'],
    ['node_y/else_branch', '', 'node_y', 'else_branch', 'x', 'r'],
    ['local::Block', '', 'local::Block', '', 'input', 'output'],
  ]);
  const [then, , otherwise] = inner;
  expect(then!.nodes.map(({ name, opens }) => [name, opens?.length])).toEqual([
    ['node_y/then_branch: node_s_3', undefined],
    ['node_y/then_branch: node_s_1', undefined],
    ['node_y/then_branch: node_s', undefined],
    ['node_y/then_branch: node_w', 2],
  ]);
  expect(otherwise!.nodes[0]!.opens).toEqual(['local::Block']);
  const sum = then!.graph.values.find(({ name }) => name === 's')!;
  expect(sum.definitions[0]!.terms).toHaveLength(2);
});
