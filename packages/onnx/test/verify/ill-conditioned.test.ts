/** Where a model's own rounding may be as large as a difference, a case tells nothing. */
import { expect, test } from 'vitest';
import { DataType } from '../../src/elements/data-type.ts';
import { verify } from '../../src/verify/index.ts';
import { tinyModel } from './tiny-model.ts';

/** sin of x times the factors, one after the other. */
function waves(...factors: readonly number[]): Uint8Array {
  const nodes = factors.map((_, place) => ({
    op: 'Mul',
    inputs: [place === 0 ? 'x' : `v${place}`, `k${place}`],
    outputs: [`v${place + 1}`],
  }));
  const constants = Object.fromEntries(factors.map((factor, place) => [`k${place}`, [factor]]));
  const last = { op: 'Sin', inputs: [`v${factors.length}`], outputs: ['y'] };
  const value = [DataType.FLOAT, 64] as const;
  return tinyModel({ inputs: { x: value }, outputs: { y: value }, nodes: [...nodes, last], constants });
}

test('only cases that tell nothing are skipped, with what the model does there', async () => {
  const report = await verify(waves(30), waves(0.3, 100.3, 1 / 1.003), { tolerance: 1e-5 });
  expect(report.equal).toBe(true);
  expect(report.cases.map(({ family }) => family)).toEqual(['normal', 'normal', 'negative', 'negative']);
  expect(report.skipped.map(({ family }) => family)).toEqual(['large', 'large']);
  expect(report.skipped[0]!.reason).toMatch(
    /^output "y" differs by \S+, but the first model's own changes by \S+ where/,
  );
});

test('a model that differs is found to differ in the others', async () => {
  const report = await verify(waves(30), waves(30.01), { tolerance: 1e-5 });
  expect(report).toMatchObject({ equal: false, failure: { reason: 'value', output: 'y', case: { family: 'normal' } } });
});

test('where no case tells anything, they are not equal', async () => {
  const report = await verify(waves(3e6), waves(3e3, 1003, 1 / 1.003), { tolerance: 1e-5 });
  expect(report).toMatchObject({ equal: false, cases: [], failure: { reason: 'nothing-compared' } });
});

test('a model that draws random numbers says so', async () => {
  const value = [DataType.FLOAT, 4] as const;
  const nodes = [
    { op: 'RandomUniformLike', inputs: ['x'], outputs: ['drawn'] },
    { op: 'Mul', inputs: ['x', 'drawn'], outputs: ['y'] },
  ];
  const again = [nodes[0]!, { ...nodes[0]!, outputs: ['again'] }, { ...nodes[1]!, inputs: ['x', 'again'] }];
  const [once, twice] = [nodes, again].map((drawing) =>
    tinyModel({ inputs: { x: value }, outputs: { y: value }, nodes: drawing }),
  );
  const report = await verify(once!, twice!);
  expect(report).toMatchObject({ equal: false, cases: [], failure: { reason: 'nothing-compared' } });
  expect(report.failure!.message).toMatch(
    /^Nothing could be compared: output "y" differs by \S+, but the first model's own differs by \S+ from run to run\. RandomUniformLike draws random numbers: .* model\.eval\(\)\.$/,
  );
});
