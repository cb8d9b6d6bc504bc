/**
 * Converts all fixtures with Reparam and other converters, and counts linear operators left, wrong outputs and crashes.
 *
 *     pip install -r bench/requirements.txt
 *     node bench/trust.mjs [--python python3] [--keep folder]
 *
 * Prints a table and writes results/trust.json, with every wrong output and crash. One counter counts for all
 * (packages/testing/fixtures/linear_operators.py), and one judge compares (trust/judge.py).
 */
import { cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { formatTable, installPeers, runProcess, saveResults } from './measure.mjs';

const { values } = parseArgs({ options: { python: { type: 'string', default: 'python3' }, keep: { type: 'string' } } });
const here = import.meta.dirname;
const fixtures = join(here, '../packages/testing/fixtures');
const NODE_TOOLS = ['reparam', 'onnxruntime-node', 'onnxsim (npm)'];
const PYTHON_TOOLS = ['onnxsim (pip)', 'onnxslim', 'onnxoptimizer'];

installPeers();
const folder = values.keep ?? mkdtempSync(join(tmpdir(), 'trust-'));
mkdirSync(folder, { recursive: true });
const sets = { architectures: listArchitectures(), operators: listOperatorModels() };
const tools = {};
const unchanged = {};
try {
  for (const tool of ['unchanged', ...NODE_TOOLS, ...PYTHON_TOOLS]) tools[tool] = await tryTool(tool);
} finally {
  if (!values.keep) rmSync(folder, { recursive: true, force: true });
}
const sizes = Object.fromEntries(Object.entries(sets).map(([set, models]) => [set, models.length]));
saveResults('trust', { models: sizes, authors: sum(sets.architectures.map(({ author }) => author)), tools });
printTable();

/** Train-time exports of the references, three of each, with the authors' own deploy form. */
function listArchitectures() {
  const lines = JSON.parse(readFileSync(join(fixtures, 'fixtures.json'), 'utf8'));
  return lines.flatMap(({ name, train, deploy }) =>
    train
      .filter(({ file }) => file !== null)
      .map(({ file, exporter }) => ({
        name: `${name}/${file}`,
        input: join(fixtures, name, file),
        array: join(fixtures, name, 'input.npy'),
        author: sum(Object.values(exporter === 'dynamo' ? deploy.linearOperatorsDynamo : deploy.linearOperators)),
      })),
  );
}

/** Tiny graphs for encodings, operator versions and traps: those that ONNX Runtime itself can run. */
function listOperatorModels() {
  const lines = JSON.parse(readFileSync(join(fixtures, 'opsets/opsets.json'), 'utf8'));
  // Copied, so that external data lies beside the converted models, too.
  cpSync(join(fixtures, 'opsets'), folder, { recursive: true });
  return lines
    .filter(({ runs }) => runs)
    .map(({ name }) => ({
      name,
      input: join(folder, `${name}.onnx`),
      array: join(folder, `${name}.input.npy`),
    }));
}

function sum(counts) {
  return [...counts].reduce((total, count) => total + count, 0);
}

async function tryTool(tool) {
  const result = {};
  for (const [set, models] of Object.entries(sets)) {
    const jobs = models.map((model, index) => ({ ...model, output: join(folder, `${set}-${index}.onnx`) }));
    for (const { output } of jobs) rmSync(output, { force: true });
    const failures = tool === 'unchanged' ? new Map() : await runJobs(converterOf(tool), jobs);
    const crashes = jobs.filter(({ output }) => failures.get(output)?.failure);
    const done = jobs.filter((job) => !crashes.includes(job) && (tool === 'unchanged' || existsSync(job.output)));
    const judged = tool === 'unchanged' ? done.map((job) => ({ ...job, output: job.input })) : done;
    const verdicts = await runJobs([values.python, join(here, 'trust/judge.py')], judged);
    const summary = summarize(jobs, judged, crashes, failures, verdicts, unchanged[set]);
    if (tool === 'unchanged') unchanged[set] = summary.left;
    result[set] = summary.result;
  }
  console.error(
    tool,
    JSON.stringify(result, (_key, value) => (Array.isArray(value) ? value.length : value)),
  );
  return result;
}

function converterOf(tool) {
  return NODE_TOOLS.includes(tool)
    ? [process.execPath, join(here, 'trust/convert.mjs'), tool]
    : [values.python, join(here, 'trust/convert.py'), tool];
}

/** Runs all jobs, going on behind one that ends the process. Gives the line of each by its output. */
async function runJobs([program, ...args], jobs) {
  const results = new Map();
  for (let rest = jobs; rest.length > 0; rest = jobs.filter(({ output }) => !results.has(output))) {
    const list = join(folder, 'jobs.json');
    writeFileSync(list, JSON.stringify(rest));
    const { stderr, code } = await runProcess(program, [...args, list], { timeout: 600_000, cwd: folder });
    const lines = stderr.split('\n').filter((line) => line.startsWith('{"output"'));
    for (const line of lines) {
      const result = JSON.parse(line);
      for (const key of ['failure', 'wrong']) result[key] = result[key]?.replaceAll(join(folder, '/'), '');
      results.set(result.output, result);
    }
    const next = rest.find(({ output }) => !results.has(output));
    if (next)
      results.set(next.output, { failure: `ended the process with ${code}`, wrong: `the judge ended with ${code}` });
  }
  return results;
}

/** Linear operators left: a model that was not converted counts as it was. */
function summarize(jobs, judged, crashes, failures, verdicts, unchanged) {
  const found = new Map(judged.map(({ name, output }) => [name, verdicts.get(output)]));
  const leftOf = ({ name }) => found.get(name)?.left ?? unchanged?.get(name);
  const left = new Map(jobs.map((job) => [job.name, leftOf(job)]));
  const above = jobs.filter(({ name, author }) => author !== undefined && left.get(name) > author);
  return {
    left,
    result: {
      left: sum(left.values()),
      aboveAuthors: above.map(({ name, author }) => [name, left.get(name), author]),
      wrong: judged.filter(({ name }) => found.get(name).wrong).map(({ name }) => [name, found.get(name).wrong]),
      crashes: crashes.map(({ name, output }) => [name, failures.get(output).failure]),
    },
  };
}

function printTable() {
  const cellsOf = ({ left, aboveAuthors, wrong, crashes }, set) => [
    left,
    ...(set === 'architectures' ? [aboveAuthors.length] : []),
    wrong.length,
    crashes.length,
  ];
  const rows = Object.entries(tools).map(([tool, result]) => [
    tool,
    ...Object.entries(result).flatMap(([set, of]) => cellsOf(of, set)),
  ]);
  rows.push(['as the authors deploy', sum(sets.architectures.map(({ author }) => author)), 0, '', '', '', '', '']);
  console.log(formatTable(['', 'left', 'above authors', 'wrong', 'crashes', 'left', 'wrong', 'crashes'], rows));
}
