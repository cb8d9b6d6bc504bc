/** Converts graphs with others inside, checking what holds of every conversion. */
import { expect } from 'vitest';
import { type Reparameterized, reparameterize } from '../../src/index.ts';
import { type OnnxModel, openModel } from '../../src/proto/model.ts';
import { bytesSource } from '../../src/proto/source.ts';
import { expectComplete, runsOf } from '../claims.ts';
import { compareConverted } from '../differential.ts';
import { fileOf, type TestGraph } from '../graph-file.ts';
import type { RandomGraph } from '../random/graph.ts';

/** The conversion, which computes the same in a runtime, and which a second one does not change. */
export async function convert(
  graph: TestGraph,
  runs: RandomGraph['runs'] = runsOf(graph),
): Promise<Reparameterized & { readonly written: OnnxModel }> {
  const outcome = await compareConverted({ graph, runs });
  expect(outcome.failure).toBeUndefined();
  expect(outcome).not.toMatchObject({ fusions: null }); // the runtime takes it
  const converted = await reparameterize(fileOf(graph));
  expectComplete(converted.report);
  return { ...converted, written: await openModel(bytesSource(converted.model)) };
}
