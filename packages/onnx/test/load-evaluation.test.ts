/** What is loaded only where it is needed: models that go without are read the same with it. */
import { listFixtures, listOpsetModels } from '@reparam/testing';
import { describe, expect, test } from 'vitest';
import { readScope } from '../src/analysis/read-scope.ts';
import { buildGraph } from '../src/build-graph.ts';
import * as evaluation from '../src/evaluation.ts';
import * as freeEvaluation from '../src/free-evaluation.ts';
import { type Evaluation, loadEvaluation } from '../src/load-evaluation.ts';
import type { OnnxModel } from '../src/proto/model.ts';
import { openFile } from './runtime.ts';

const fixtures = listFixtures().flatMap(({ name, train }) =>
  train.flatMap(({ path, variant }) => (path === null ? [] : [{ title: `${name} ${variant}`, path }])),
);
const models = [...fixtures, ...listOpsetModels().map(({ name, path }) => ({ title: name, path }))];

/** All that is known of each name, and the graph that is planned. */
function readAll(model: OnnxModel, evaluation: Evaluation): unknown {
  const scope = readScope(model, evaluation);
  const { graph } = buildGraph(scope, evaluation);
  const names = scope.nodes.flatMap(({ outputs }) => outputs);
  const known = names.map((name) => [
    [name, scope.shape(name), scope.elementType(name)],
    [scope.constant(name)?.dims, scope.sizeList(name)],
  ]);
  return JSON.parse(JSON.stringify({ known, graph }));
}

const without: string[] = [];
const withoutPieces: string[] = [];

describe('a model without it is read as with it', () => {
  test.each(models)('$title', async ({ title, path }) => {
    const model = await openFile(path);
    const loaded = await loadEvaluation(model);
    if (loaded.foldNode !== evaluation.foldNode) without.push(title);
    else if (loaded.liftTraced === evaluation.liftTraced) withoutPieces.push(title);
    else return;
    expect(readAll(model, loaded)).toEqual(readAll(model, freeEvaluation));
  });

  test('and plain networks are such, but none that computes its weights', () => {
    expect(without.length).toBeGreaterThan(20);
    expect(without).toEqual(expect.arrayContaining(['acnet train.torchscript', 'qarepvgg train.torchscript']));
    expect(without).not.toContain('sesr-computed train.torchscript');
    expect(withoutPieces).toEqual(expect.arrayContaining(['levit train.torchscript', 'dbb train.dynamo']));
    expect(withoutPieces).not.toContain('dbb train.torchscript-unfolded');
  });
});
