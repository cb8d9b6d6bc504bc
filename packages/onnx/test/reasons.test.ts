/** "Why was this not fused?" has an answer: for each linear operator that a conversion leaves, of all references and encodings. */
import { readFileSync } from 'node:fs';
import { listFixtures, listOpsetModels } from '@reparam/testing';
import { describe, expect, it } from 'vitest';
import { isFloat } from '../src/analysis/constant.ts';
import { readScope } from '../src/analysis/read-scope.ts';
import type { Scope } from '../src/analysis/scope.ts';
import * as evaluation from '../src/evaluation.ts';
import { type Report, reparameterize } from '../src/index.ts';
import { openModel } from '../src/proto/model.ts';
import type { OnnxNode } from '../src/proto/node.ts';
import { bytesSource } from '../src/proto/source.ts';
import { expectComplete } from './claims.ts';
import { linearNodes } from './linear-operators.ts';
import { openFile } from './runtime.ts';

/** Products may stand first in a model, behind movements of its input, where there is nothing to merge with. */
const PRODUCTS = ['Conv', 'ConvTranspose', 'Gemm', 'MatMul'];
const MOVEMENTS = ['Flatten', 'GlobalAveragePool', 'ReduceMean', 'Reshape', 'Squeeze', 'Transpose', 'Unsqueeze'];

function isFirst(node: OnnxNode, scope: Scope): boolean {
  const maker = scope.producers.get(node.inputs[0]!);
  return maker ? MOVEMENTS.includes(maker.opType) && isFirst(maker, scope) : !scope.constant(node.inputs[0]!);
}

async function unexplained(model: Uint8Array, { refusals }: Report): Promise<string[]> {
  const named = new Set(refusals.flatMap(({ nodes }) => nodes.map(({ name }) => name)));
  const scope = readScope(await openModel(bytesSource(model)), evaluation);
  return linearNodes(scope)
    .filter(({ outputs }) => isFloat(scope.elementType(outputs[0]!)) && !scope.constant(outputs[0]!))
    .filter((node) => !PRODUCTS.includes(node.opType) || !isFirst(node, scope))
    .map(({ name, outputs }) => name || outputs[0]!)
    .filter((name) => !named.has(name));
}

describe.each(listFixtures())('$name', (fixture) => {
  for (const file of fixture.train.filter(({ path }) => path !== null)) {
    it(file.variant, async () => {
      const { model, report } = await reparameterize(new Uint8Array(readFileSync(file.path!)));
      expectComplete(report);
      expect(await unexplained(model, report)).toEqual([]);
    });
  }
});

describe('encodings and versions', () => {
  it.each(listOpsetModels())('$name', async (line) => {
    const { model, report } = await reparameterize(await openFile(line.path));
    expectComplete(report);
    expect(await unexplained(model, report)).toEqual([]);
  });
});
