/** Networks of the field, deployed by their authors, expanded and converted again. */
import { readFileSync } from 'node:fs';
import { type Fixture, listFixtures, readNpy } from '@reparam/testing';
import { describe, it } from 'vitest';
import { expandModel, insertNorms } from '../../src/expand/index.ts';
import { reparameterize } from '../../src/index.ts';
import { BLOCKS, expectRoundTrip, type Feeds } from './round-trip.ts';

/** Networks of the field, deployed by their authors, expanded and converted again. */
describe.each(
  listFixtures().filter(({ name }) =>
    ['repvgg', 'mobileone', 'fastvit', 'unireplknet', 'levit', 'repvit', 'blocks'].includes(name),
  ),
)('$name', (fixture) => {
  it.each(BLOCKS)('%s and back', async (block) => {
    const before = await deployed(fixture);
    const expanded = await expandModel(before, { block, rank: 1 });
    if (expanded.report.expansions.length === 0) return;
    await expectRoundTrip(before, expanded, await inputsOf(fixture));
  });

  it('insertNorms and back', async () => {
    const before = await deployed(fixture);
    await expectRoundTrip(before, await insertNorms(before), await inputsOf(fixture));
  });
});

/** What converting leaves: nothing more to fuse. */
async function deployed(fixture: Fixture): Promise<Uint8Array> {
  const train = fixture.train.find(({ path }) => path !== null)!;
  return (await reparameterize(new Uint8Array(readFileSync(train.path!)))).model;
}

async function inputsOf(fixture: Fixture): Promise<Feeds> {
  const [name] = Object.keys(fixture.inputs);
  const { shape, data } = await readNpy(fixture.inputPath);
  return { [name!]: { dims: shape, data: data as Float32Array } };
}
