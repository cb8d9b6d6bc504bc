/** What is claimed of a structure: how many fusions, which operators are left, the same outputs, and that a second run changes nothing. */
import { expect } from 'vitest';
import { type ReparameterizeOptions, type Report, reparameterize } from '../src/index.ts';
import { compareConverted } from './differential.ts';
import { fileOf, type TestGraph } from './graph-file.ts';

export async function expectFused(
  graph: TestGraph,
  fusions: number,
  operators: Readonly<Record<string, number>>,
  options: ReparameterizeOptions = {},
): Promise<void> {
  const { report } = await reparameterize(fileOf(graph), options);
  expect(report.after.operatorCounts).toEqual(operators);
  expect(report.fusions.length).toBe(fusions);
  for (const { error, rounded } of report.fusions) expect(error).toBeLessThan(rounded ? 1e-6 : 1e-10);
  expect(await compareConverted({ graph, runs: runsOf(graph) }, options)).toEqual({ fusions }); // outputs, and the second run
}

/** The model comes out byte for byte, one of the refusals gives the reason, and each of them says all there is to say. */
export async function expectLeftAlone(graph: TestGraph, reason: string | null): Promise<void> {
  const bytes = fileOf(graph);
  const { model, report } = await reparameterize(bytes);
  expect(report.fusions).toEqual([]);
  expect(Buffer.compare(model, bytes)).toBe(0);
  expectComplete(report);
  if (reason !== null) expect(report.refusals.map((refusal) => refusal.reason)).toContain(reason);
}

/** Declared sizes; free ones at several. */
export function runsOf(graph: TestGraph): Record<string, readonly number[]>[] {
  const free = graph.inputs.some(({ dims }) => dims!.some((size) => typeof size !== 'number'));
  return (free ? [5, 6, 9] : [0]).map((size) =>
    Object.fromEntries(
      graph.inputs.map(({ name, dims }) => [name, dims!.map((dim) => (typeof dim === 'number' ? dim : size))]),
    ),
  );
}

/** Each refusal has a reason, what was found, what would lift it, and where. */
export function expectComplete({ refusals }: Report): void {
  for (const { reason, message, hint, nodes } of refusals) {
    for (const text of [reason, message, hint]) expect(text).not.toBe('');
    expect(nodes.length, message).toBeGreaterThan(0);
  }
}
