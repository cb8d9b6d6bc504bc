/** What an expanded model has to show: the same outputs in ONNX Runtime, and converted again the model before. */
import type { BlockKind } from '@reparam/core/expand';
import { expect } from 'vitest';
import type { Expanded } from '../../src/expand/index.ts';
import { type NodeReference, reparameterize } from '../../src/index.ts';
import { openModel } from '../../src/proto/model.ts';
import { bytesSource } from '../../src/proto/source.ts';
import { GraphBuilder } from '../graph-builder.ts';
import { fileOf } from '../graph-file.ts';
import { countByKind } from '../linear-operators.ts';
import { createSession, relativeError, runSession, signedValues, type Values } from '../runtime.ts';

export const BLOCKS: readonly BlockKind[] = ['repvgg', 'acnet', 'dilated', 'low-rank'];

export type Feeds = Readonly<Record<string, Values>>;

/** Largest difference of any output, relative to its largest value. */
export async function differenceOf(first: Uint8Array, second: Uint8Array, feeds: Feeds): Promise<number> {
  const [a, b] = [await createSession(first), await createSession(second)];
  expect([b.inputNames, b.outputNames]).toEqual([a.inputNames, a.outputNames]);
  const [expected, actual] = [await runSession(a, feeds), await runSession(b, feeds)];
  await a.release();
  await b.release();
  return Math.max(...a.outputNames.map((name) => relativeError(actual[name]!, expected[name]!)));
}

/** Type, kernel, stride, dilation, padding and groups of every node that has weights. */
async function shapesOf(bytes: Uint8Array): Promise<string[]> {
  const { graph } = await openModel(bytesSource(bytes));
  return graph.nodes
    .filter(({ opType }) => ['Conv', 'Gemm', 'MatMul', 'BatchNormalization'].includes(opType))
    .map((node) => {
      const lists = ['kernel_shape', 'strides', 'dilations', 'pads'].map((name) => node.attribute(name)?.ints?.join());
      return [node.name, node.opType, ...lists, node.attribute('group')?.int].join(' ');
    })
    .sort();
}

/** Same outputs; and converted, the model before. */
export async function expectRoundTrip(before: Uint8Array, { model, report }: Expanded, feeds: Feeds): Promise<void> {
  for (const { error } of report.expansions) expect(error).toBeLessThan(1e-10);
  expect(await differenceOf(before, model, feeds)).toBeLessThan(2e-5);
  const { model: back, report: converted } = await reparameterize(model);
  expect(converted.fusions.length).toBeGreaterThanOrEqual(report.expansions.length);
  expect(await shapesOf(back)).toEqual(await shapesOf(before));
  expect(await countByKind(back)).toEqual(await countByKind(before));
  expect(await differenceOf(before, back, feeds)).toBeLessThan(2e-5);
}

export const typesOf = (nodes: readonly NodeReference[]): string => nodes.map(({ opType }) => opType).join(' ');

/** A conv, an activation, and a conv that changes size and channels. */
export function twoConvs(): Uint8Array {
  const b = new GraphBuilder(['n', 4, 'h', 'w']);
  const first = b.relu(b.conv('x', [7, 7]));
  return fileOf(b.graph(b.relu(b.conv(first, [5, 5], { out: 8, stride: 2, pads: 1 }))));
}

export const feeds: Feeds = { x: signedValues([2, 4, 13, 10], 3) };
