/** Networks and blocks of the field's references: converted, they compute the same with no more linear operators than their authors' own. */
import { readFileSync } from 'node:fs';
import { nodeKey } from '@reparam/core/convert';
import { type Fixture, listFixtures, listOpsetModels, type NpyArray, type OpsetModel, readNpy } from '@reparam/testing';
import { describe, expect, it } from 'vitest';
import { decodeFloat16 } from '../src/elements/small-float.ts';
import { type Report, reparameterize } from '../src/index.ts';
import { openModel } from '../src/proto/model.ts';
import { bytesSource } from '../src/proto/source.ts';
import { array } from './evaluator/array.ts';
import { evaluateModel } from './evaluator/evaluate-model.ts';
import { countByKind, countLinearOperators } from './linear-operators.ts';
import {
  createSession,
  type FloatType,
  openFile,
  relativeError,
  runSession,
  signedValues,
  type Values,
} from './runtime.ts';

const sum = (counts: Readonly<Record<string, number>>) =>
  Object.values(counts).reduce((total, count) => total + count, 0);

const total = (values: readonly number[]) => values.reduce((product, value) => product * value, 1);

describe.each(listFixtures())('$name', (fixture) => {
  for (const file of fixture.train) {
    if (file.path === null) continue;
    it(`${file.variant} converts to an equal model`, async () => {
      const bytes = new Uint8Array(readFileSync(file.path!));
      const { model, report } = await reparameterize(bytes);
      for (const { error, rounded } of report.fusions) expect(error).toBeLessThan(rounded ? 1e-6 : 1e-10);
      await expectNamed(report, bytes, model);
      const [before, after] = [await createSession(bytes), await createSession(model)];
      expect(after.inputNames).toEqual(before.inputNames);
      expect(after.outputNames).toEqual(before.outputNames);

      const [input] = Object.keys(fixture.inputs);
      const recorded = { [input!]: valuesOf(await readNpy(fixture.inputPath)) };
      const output = (await runSession(after, recorded))[after.outputNames[0]!]!;
      expect(relativeError(output, valuesOf(await readNpy(fixture.outputPath)))).toBeLessThan(1e-4);

      const other = otherInputs(fixture, file.freeAxes ?? []);
      const [expected, actual] = [await runSession(before, other), await runSession(after, other)];
      for (const name of before.outputNames)
        expect(relativeError(actual[name]!, expected[name]!), name).toBeLessThan(2e-5);
      await before.release();
      await after.release();

      const second = await reparameterize(model);
      expect(second.report.fusions).toEqual([]);
      expect(Buffer.compare(second.model, model)).toBe(0);
    });

    it(`${file.variant} has no more linear operators than its authors' deploy model`, async () => {
      const { model } = await reparameterize(new Uint8Array(readFileSync(file.path!)));
      const counts = await countByKind(model);
      const { deploy } = fixture;
      const reference = sum(file.exporter === 'dynamo' ? deploy.linearOperatorsDynamo : deploy.linearOperators!);
      expect(sum(counts), JSON.stringify(counts)).toBeLessThanOrEqual(reference);
    });
  }
});

/** Nodes of fusions are those of the two files, and so many as are counted. */
async function expectNamed({ fusions }: Report, bytes: Uint8Array, model: Uint8Array): Promise<void> {
  const keysOf = async (file: Uint8Array) => {
    const { graph } = await openModel(bytesSource(file));
    return graph.nodes.map(({ name, outputs, opType }) => nodeKey({ name: name || outputs[0]!, opType }));
  };
  const [gone, made] = [fusions.flatMap(({ nodes }) => nodes), fusions.flatMap(({ into }) => into)];
  expect(await keysOf(bytes)).toEqual(expect.arrayContaining(gone.map(nodeKey)));
  expect(await keysOf(model)).toEqual(expect.arrayContaining(made.map(nodeKey)));
  expect(new Set(made.map(nodeKey)).size).toBe(made.length);
  for (const { into, after } of fusions) expect(after.operators).toBe(into.length);
}

/** Other numbers than recorded, and other sizes where the file leaves them free. */
function otherInputs(fixture: Fixture, freeAxes: readonly string[]): Record<string, Values> {
  return Object.fromEntries(
    Object.entries(fixture.inputs).map(([name, dims], place) => {
      const sizes = [...dims];
      if (freeAxes.includes('batch')) sizes[0] = 2;
      if (freeAxes.includes('height')) sizes[2]! += 11;
      if (freeAxes.includes('width')) sizes[3]! += 6;
      return [name, signedValues(sizes, 7 + place)];
    }),
  );
}

function valuesOf({ shape, dtype, data }: NpyArray): Values {
  return {
    dims: shape,
    data: dtype === 'f2' ? decodeFloat16(data as Uint16Array) : Array.from<number | bigint, number>(data, Number),
  };
}

/** Versions and types that the runtime lacks. */
const elsewhere = listOpsetModels().filter(({ runs }) => !runs);

it.each(elsewhere)('$name computes the same in float64', async (line) => {
  const original = await openFile(line.path);
  const { model } = await reparameterize(original);
  const x = valuesOf(await readNpy(line.inputPath));
  const input = { x: array(x.dims, x.data) };
  const after = await evaluateModel(await openModel(bytesSource(model)), input);
  const before = await evaluateModel(original, input);
  const tolerance = line.name.startsWith('float64') ? 1e-14 : 1e-6; // weights are rounded once
  expect(relativeError(after.y!, before.y!)).toBeLessThan(tolerance);
  expect(relativeError(after.y!, valuesOf(await readNpy(line.outputPath)))).toBeLessThan(1e-5);
});

/** Element types of .npy files, and how far a conversion may be off: a rounded weight of float16 has 11 bits. */
const TYPES: Readonly<Record<string, readonly [FloatType, number]>> = {
  f2: ['float16', 1e-3],
  f4: ['float32', 1e-5],
  f8: ['float64', 1e-12],
};

const sorted = (counts: Readonly<Record<string, number>>) => Object.entries(counts).sort();

describe.each(listOpsetModels())('$name: $about', (line: OpsetModel) => {
  it('converts as far as it may', async () => {
    const { model, report } = await reparameterize(await openFile(line.path));
    const original = new Uint8Array(readFileSync(line.path));
    if (line.untouched) expect(Buffer.compare(model, original)).toBe(0);
    else expect(report.fusions.length).toBeGreaterThan(0);
    const kinds = await countByKind(model);
    expect(await countLinearOperators(model), JSON.stringify(kinds)).toBeLessThanOrEqual(line.left);
    if (line.counts) expect(sorted(report.after.operatorCounts)).toEqual(sorted(line.counts));
    for (const kind of line.gone) expect(report.after.operatorCounts[kind] ?? 0, kind).toBe(0);
    const second = await reparameterize(model);
    if (!line.untouched) expect(second.report.fusions).toEqual([]);
  });

  if (!line.runs) return;
  it('computes the same', async () => {
    const { model } = await reparameterize(await openFile(line.path));
    const session = await createSession(line.untouched ? line.path : model);
    const input = await readNpy(line.inputPath);
    const output = await readNpy(line.outputPath);
    expect(total(input.shape)).toBe(input.data.length);
    const [type, tolerance] = TYPES[input.dtype]!;
    const results = await runSession(session, { x: valuesOf(input) }, type);
    expect(relativeError(results.y!, valuesOf(output))).toBeLessThan(tolerance);
    await session.release();
  });
});
