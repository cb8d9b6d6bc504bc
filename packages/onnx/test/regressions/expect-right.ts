/** What a graph that was once converted wrongly has to show. */

import { expect } from 'vitest';
import { runsOf } from '../claims.ts';
import { compareConverted } from '../differential.ts';
import { type Dims, GraphBuilder } from '../graph-builder.ts';
import type { TestGraph } from '../graph-file.ts';

type Build = (b: GraphBuilder) => string;

/** Builds a graph on one input, and compares it with its conversion. */
export async function expectRight(dims: Dims, build: Build, opset = 17): Promise<void> {
  const builder = new GraphBuilder(dims, opset);
  await expectSame(builder.graph(build(builder)));
}

/** The conversion runs and gives the same, and a second one changes nothing. */
export async function expectSame(graph: TestGraph): Promise<void> {
  expect(await compareConverted({ graph, runs: runsOf(graph) })).not.toHaveProperty('failure');
}

/** A Slice along one axis. */
export function slice(b: GraphBuilder, value: string, axis: number, start: number, end: number, step = 1): string {
  return b.node('Slice', [value, b.list([start]), b.list([end]), b.list([axis]), b.list([step])]);
}
