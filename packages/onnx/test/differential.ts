/** Compares a random graph with its conversion in ONNX Runtime, and makes failing graphs small. */
import { DataType } from '../src/elements/data-type.ts';
import { type ReparameterizeOptions, reparameterize } from '../src/index.ts';
import { asFloat32 } from './float-type.ts';
import { fileOf, type GraphNode, namesRead, type TestGraph } from './graph-file.ts';
import type { RandomGraph } from './random/graph.ts';
import { createSession, relativeError, runSession, type Session, signedValues } from './runtime.ts';

/** What came of one graph: how many fusions, null where the runtime rejects the graph itself; or what is wrong. */
export type Outcome =
  /** `inner` counts those in bodies and functions. */
  | { readonly fusions: number | null; readonly inner?: number; readonly failure?: undefined }
  | { readonly failure: string };

/** What rounding of merged weights in a type may make of the outputs, in float32. */
const TOLERANCES: Readonly<Record<number, number>> = {
  [DataType.FLOAT]: 1e-4,
  [DataType.DOUBLE]: 1e-4,
  [DataType.FLOAT16]: 2e-2,
  [DataType.BFLOAT16]: 0.2,
};

/** Below this, values are what rounding left. */
const SMALLEST = 0.05;

export async function compareConverted(
  { graph, runs: given }: RandomGraph,
  options: ReparameterizeOptions = {},
): Promise<Outcome> {
  const bytes = fileOf(graph);
  const { type = DataType.FLOAT } = graph;
  const runs = options.freezeWeights ? given.map((run) => withoutWeights(run, graph)) : given;
  const before = await createSession(asFloat32(bytes, type)).catch(() => null);
  if (!before) return { fusions: null };
  try {
    let converted: Awaited<ReturnType<typeof reparameterize>>;
    try {
      converted = await reparameterize(bytes, options);
    } catch (error) {
      return { failure: `throws: ${error instanceof Error ? error.stack?.split('\n').slice(0, 4).join(' ') : error}` };
    }
    const { model, report } = converted;
    const failed = report.refusals.find(({ reason }) => reason === 'proof-failed');
    if (failed) return { failure: `proof: ${failed.message}` };
    if (report.fusions.length === 0 && !report.frozenWeights)
      return Buffer.compare(model, bytes) === 0 ? { fusions: 0 } : { failure: 'bytes changed' };
    const second = await reparameterize(model, options);
    if (second.report.fusions.length > 0)
      return { failure: `second run fuses ${JSON.stringify(second.report.fusions[0])}` };
    if (Buffer.compare(second.model, model) !== 0) return { failure: 'second run changes bytes' };
    const after = await createSession(asFloat32(model, type)).catch((error: Error) => error);
    if (after instanceof Error) {
      // A runtime may see what is wrong only where more is known of the shapes, and take for wrong what it counts otherwise than it computes.
      const isInferred = miscounts(graph) && after.message.includes('InferenceError');
      const isRight = !isInferred && (await anyRuns(before, runs));
      return isRight ? { failure: `does not load: ${after.message.slice(0, 300)}` } : { fusions: null };
    }
    try {
      let failure = await compareSessions({ before, after }, runs, graph);
      const settings = settingsAround(failure, graph);
      if (settings) {
        const other = await createSession(asFloat32(model, type), settings);
        failure = await compareSessions({ before, after: other }, runs, graph);
        await other.release();
      }
      if (failure !== null) return { failure };
      const inner = report.fusions.filter(({ name }) => name.includes(': ')).length;
      return { fusions: report.fusions.length, ...(inner > 0 && { inner }) };
    } finally {
      await after.release();
    }
  } finally {
    await before.release();
  }
}

async function anyRuns(session: Session, runs: RandomGraph['runs']): Promise<boolean> {
  for (const dims of runs) {
    const inputs = Object.fromEntries(Object.entries(dims).map(([name, sizes]) => [name, signedValues(sizes, 1)]));
    if (await runSession(session, inputs).catch(() => null)) return true;
  }
  return false;
}

/** The inputs of a run that are no weights which it overrides. */
function withoutWeights(run: RandomGraph['runs'][number], { tensors }: TestGraph): RandomGraph['runs'][number] {
  const weights = new Set(tensors.map(({ name }) => name));
  return Object.fromEntries(Object.entries(run).filter(([name]) => !weights.has(name)));
}

/**
 * Whether ONNX Runtime may infer other sizes than it computes: it takes a Slice of opset 10 along an axis of free size for the whole axis,
 * and counts one window too many where ceil_mode lets the last begin in the padding.
 */
function miscounts(graph: TestGraph): boolean {
  return graph.opset === 10 || JSON.stringify(graph).includes('"ceil_mode":1'); // in bodies and functions too
}

/** How a session is made that has not this fault of ONNX Runtime; null where it is none. */
function settingsAround(failure: string | null, graph: TestGraph): Parameters<typeof createSession>[1] | null {
  // It may keep an output where one of another size was. Nodes that may run at the same time share no memory.
  if (failure?.includes('re-use buffer') && miscounts(graph))
    return { executionMode: 'parallel', interOpNumThreads: 2 };
  // Of two Casts behind each other that change nothing it drops one, also where a body reads it, unless its optimizations do so first.
  return failure?.includes('Missing Input') ? { graphOptimizationLevel: 'all' } : null;
}

async function compareSessions(
  { before, after }: Readonly<Record<'before' | 'after', Session>>,
  runs: RandomGraph['runs'],
  graph: TestGraph,
): Promise<string | null> {
  const tolerance = TOLERANCES[graph.type ?? DataType.FLOAT]!;
  if (before.inputNames.join() !== after.inputNames.join()) return `inputs ${after.inputNames}`;
  if (before.outputNames.join() !== after.outputNames.join()) return `outputs ${after.outputNames}`;
  let compared = 0;
  for (const [place, dims] of runs.entries()) {
    const inputs = Object.fromEntries(
      Object.entries(dims).map(([name, sizes], i) => [name, signedValues(sizes, place * 31 + i)]),
    );
    const expected = await runSession(before, inputs).catch(() => null);
    if (!expected) continue;
    const actual = await runSession(after, inputs).catch((error: Error) => error);
    if (actual instanceof Error && (await hasEmptyMap(graph, inputs))) continue; // as maps without positions are not guaranteed
    // ONNX Runtime takes a pool that is larger than its map for one position, where the standard has none.
    if (actual instanceof Error && compared > 0 && actual.message.includes('Invalid input shape')) continue;
    if (actual instanceof Error) return `does not run at ${JSON.stringify(dims)}: ${actual.message.slice(0, 500)}`;
    for (const name of before.outputNames) {
      const reference = expected[name]!;
      let largest = 0;
      for (let i = 0; i < reference.data.length; i++) largest = Math.max(largest, Math.abs(reference.data[i]!));
      const error = relativeError(actual[name]!, reference) * Math.min(1, (largest || 1) / SMALLEST);
      if (!(error < tolerance) && !(await hasEmptyMap(graph, inputs)))
        return `"${name}" differs by ${error} at ${JSON.stringify(dims)}, dims ${actual[name]!.dims} for ${reference.dims}`;
    }
    compared++;
  }
  return null;
}

/** Whether some value of the main graph has no elements at these inputs. */
async function hasEmptyMap(graph: TestGraph, inputs: Parameters<typeof runSession>[1]): Promise<boolean> {
  for (const name of graph.nodes.flatMap((node) => node.outputs).filter((name) => name !== '')) {
    const bytes = asFloat32(fileOf({ ...graph, outputs: [name] }), graph.type ?? DataType.FLOAT);
    const session = await createSession(bytes).catch(() => null); // whole numbers are none of interest
    const values = await (session && runSession(session, inputs).catch(() => null));
    await session?.release();
    if (values?.[name]?.dims.includes(0)) return true;
  }
  return false;
}

/** What is wrong, by its first words. */
const kindOf = ({ failure }: Outcome) =>
  failure
    ?.replace(/^"[^"]*" /, '')
    .split(/[ :]/, 2)
    .join(' ');

/** The smallest graph, by dropping outputs and nodes, that still fails in the same way. */
export async function shrinkGraph(random: RandomGraph, options: ReparameterizeOptions = {}): Promise<RandomGraph> {
  let current = random;
  const kind = kindOf(await compareConverted(random, options));
  for (let changed = true; changed; ) {
    changed = false;
    for (const candidate of smaller(current)) {
      if (sizeOf(candidate) >= sizeOf(current)) continue; // a body reads what was left out
      if (kindOf(await compareConverted(candidate, options)) !== kind) continue;
      current = candidate;
      changed = true;
      break;
    }
  }
  return current;
}

const sizeOf = ({ graph, runs }: RandomGraph) => graph.nodes.length + graph.outputs.length + runs.length;

function* smaller({ graph, runs }: RandomGraph): Generator<RandomGraph> {
  if (runs.length > 1) for (const run of runs) yield { graph, runs: [run] };
  if (graph.outputs.length > 1)
    for (const output of graph.outputs)
      yield { graph: prune({ ...graph, outputs: graph.outputs.filter((name) => name !== output) }), runs };
  for (const node of graph.nodes) {
    const inner = node.inputs[0];
    const [name] = node.outputs;
    if (!name || !inner || node.outputs.length > 1 || graph.outputs.includes(inner)) continue;
    if (graph.outputs.includes(name)) {
      if (graph.nodes.some(({ outputs }) => outputs.includes(inner)))
        yield {
          graph: prune({ ...graph, outputs: graph.outputs.map((output) => (output === name ? inner : output)) }),
          runs,
        };
      continue;
    }
    for (const input of node.inputs) {
      const nodes = graph.nodes.map((other) => ({
        ...other,
        inputs: other.inputs.map((read) => (read === name ? input : read)),
      }));
      yield { graph: prune({ ...graph, nodes }), runs };
    }
  }
}

/** Without nodes and constants that no output needs. */
function prune(graph: TestGraph): TestGraph {
  const needed = new Set(graph.outputs);
  const nodes: GraphNode[] = [];
  for (const node of [...graph.nodes].reverse()) {
    if (!node.outputs.some((name) => needed.has(name))) continue;
    nodes.unshift(node);
    for (const name of namesRead([node])) needed.add(name);
  }
  const inputs = new Set(graph.inputs.map(({ name }) => name));
  return { ...graph, nodes, tensors: graph.tensors.filter(({ name }) => needed.has(name) || inputs.has(name)) };
}
