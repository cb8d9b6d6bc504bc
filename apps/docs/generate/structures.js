/** What a conversion makes of each train-time fixture, measured: sizes before and after, differences in ONNX Runtime, and one fusion. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { bytesSource, openModel, reparameterize } from '@reparam/onnx';
import { loadRuntime, parseNpy } from '@reparam/onnx/verify';
import { listNodes } from './list-nodes.js';
import { repository, writeData } from './paths.js';

const FOLDER = join(repository, 'packages/testing/fixtures');

/**
 * A line of fixtures.json, as far as it is used.
 * @typedef {{ name: string, library: string, paper: string, note?: string, inputs: Record<string, number[]>,
 *   train: { file: string | null, opset?: number }[], deploy: { file: string } }} Fixture
 * @typedef {Awaited<ReturnType<typeof loadRuntime>>} Runtime
 */

export async function generateStructures() {
  const runtime = await loadRuntime();
  /** @type {Fixture[]} */
  const fixtures = JSON.parse(readFileSync(join(FOLDER, 'fixtures.json'), 'utf8'));
  const structures = [];
  for (const fixture of fixtures) structures.push(await measureFixture(runtime, fixture));
  writeData('structures.json', structures);
}

/** @param {Runtime} runtime @param {Fixture} fixture */
async function measureFixture(runtime, fixture) {
  const { name, library, paper, note, inputs } = fixture;
  const exports = [];
  for (const { file, opset } of fixture.train) {
    if (file !== null) exports.push({ opset, ...(await measureExport(runtime, fixture, file)) });
  }
  const author = await reparameterize(readFixture(fixture, fixture.deploy.file), { shapes: inputs, dryRun: true });
  return {
    name,
    library,
    paper,
    note: note ?? null,
    input: Object.values(inputs)[0],
    exports,
    author: sizeOf(author.report.before),
  };
}

/** @param {Runtime} runtime @param {Fixture} fixture @param {string} file */
async function measureExport(runtime, fixture, file) {
  const bytes = readFixture(fixture, file);
  const { model, report } = await reparameterize(bytes, { shapes: fixture.inputs });
  const { before, after, fusions, refusals } = report;
  /** @type {Record<string, number>} */
  const refused = {};
  for (const { reason } of refusals) refused[reason] = (refused[reason] ?? 0) + 1;
  return {
    variant: file.replace(/^train\.|\.onnx$/g, ''),
    before: sizeOf(before),
    after: { ...sizeOf(after), bytes: model.length },
    fusions: fusions.length,
    proofError: Math.max(0, ...fusions.map(({ error }) => error)),
    difference: await compareOutputs(runtime, fixture, bytes, model),
    refused,
    examples: await describeFusions(bytes, model, fusions),
  };
}

/** @param {import('@reparam/onnx').ModelSummary} summary */
function sizeOf({ operators, parameters, macs, bytes, operatorCounts }) {
  return { operators, parameters, macs, bytes, operatorCounts };
}

/** @param {Fixture} fixture @param {string} file */
function readFixture(fixture, file) {
  return readFileSync(join(FOLDER, fixture.name, file));
}

/**
 * Largest difference of the outputs in ONNX Runtime on the fixture's input, relative to the largest output.
 * @param {Runtime} runtime @param {Fixture} fixture @param {Uint8Array} before @param {Uint8Array} after
 */
async function compareOutputs(runtime, fixture, before, after) {
  const [inputName] = Object.keys(fixture.inputs);
  const feeds = { [String(inputName)]: parseNpy(readFixture(fixture, 'input.npy')) };
  const outputs = [];
  for (const model of [before, after]) {
    const session = await runtime.createSession(model, { optimization: 'disabled' });
    const results = await session.run(feeds);
    outputs.push(Object.values(results).map(({ data }) => Array.from(/** @type {Float32Array} */ (data))));
    await session.release();
  }
  const [expected = [], actual = []] = outputs.map((values) => values.flat());
  const largest = expected.reduce((most, value) => Math.max(most, Math.abs(value)), 0);
  return (
    expected.reduce((most, value, index) => Math.max(most, Math.abs(value - (actual[index] ?? Number.NaN))), 0) /
    largest
  );
}

/**
 * The nodes of each kind of fusion before and after, the first of its kind.
 * @param {Uint8Array} before @param {Uint8Array} after @param {readonly import('@reparam/onnx').Fusion[]} fusions
 */
async function describeFusions(before, after, fusions) {
  const [source, target] = [await openModel(bytesSource(before)), await openModel(bytesSource(after))];
  const seen = new Set();
  return fusions.flatMap(({ name, nodes, into }) => {
    const kind = [...nodes, '>', ...into].map((node) => (typeof node === 'string' ? node : node.opType)).join();
    if (seen.has(kind)) return [];
    seen.add(kind);
    return [{ name, before: listNodes(source, nodes), after: listNodes(target, into) }];
  });
}
