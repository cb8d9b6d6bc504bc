/** A model as it is drawn: nodes under the reports' names, edges of values only, and weights on demand. */
import { readFile } from 'node:fs/promises';
import { bytesSource, openModel, readArray, reparameterize } from '@reparam/onnx';
import { readStructure } from '@reparam/onnx/structure';
import { listFixtures } from '@reparam/testing';
import { describe, expect, test } from 'vitest';
import { GraphBuilder } from './graph-builder.ts';
import { fileOf } from './graph-file.ts';

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
