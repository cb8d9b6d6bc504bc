/** Carries out one rewrite: reads its weights, proves it, and writes its nodes. */
import {
  definitionOn,
  type Graph,
  type Memo,
  type ProofOptions,
  proofTolerance,
  proveRewrite,
  ReparamError,
  type Rewrite,
  roundedTolerance,
  type Scratch,
  type WeightSource,
} from '@reparam/core';
import type { Scope } from './analysis/scope.ts';
import { writeStep } from './emit/steps.ts';
import { type FileFacts, type InlineTensor, NodeWriter } from './emit/writer.ts';
import type { Evaluation } from './load-evaluation.ts';
import type { NewNode } from './proto/new-parts.ts';

/** New nodes for one value, and how sure they are. */
export interface FusedValue {
  readonly nodes: readonly NewNode[];
  readonly tensors: readonly InlineTensor[];
  readonly error: number;
  readonly proof: { readonly channels: number; readonly totalChannels: number };
  readonly rounding: number;
}

export interface FuseContext {
  readonly scope: Scope;
  readonly graph: Graph;
  readonly facts: FileFacts;
  readonly proof: ProofOptions;
  readonly scratch: Scratch;
  /** Values that are read under another's name: nothing is written for them. */
  readonly aliases: ReadonlyMap<string, string>;
  readonly writeMovement: Evaluation['writeMovement'];
  /** Names of moved sources that have been made. */
  readonly movedNames: Map<number, string>;
  /** The name under which a value is read. */
  nameOf(value: number): string;
}

/** @throws ReparamError `proof-failed`, `overflow`, `not-a-number`: the rewrite must not be made. */
export async function fuseValue(rewrite: Rewrite, context: FuseContext): Promise<FusedValue> {
  const sources = sourcesOf(rewrite, context.graph);
  for (const source of sources) await source.load();
  try {
    const memo: Memo = Object.assign(new Map(), { scratch: context.scratch });
    const { graph } = context;
    const replay = { graph, value: rewrite.value, affine: rewrite.affine, absorbed: new Set(rewrite.absorbed) };
    const { error, ...proof } = proveRewrite(replay, memo, context.proof);
    const { rounded } = rewrite.affine;
    if (!(error <= (rounded ? roundedTolerance : proofTolerance))) {
      throw new ReparamError(
        `the fused operator differs from the nodes it replaces by ${error} of the largest output`,
        {
          code: 'proof-failed',
          hint: 'please report this with the model: it is a fault of the converter',
        },
      );
    }
    return { ...writeRewrite(rewrite, context, memo), error, proof };
  } finally {
    context.scratch.reset();
    for (const source of sources) source.release();
  }
}

function writeRewrite(
  rewrite: Rewrite,
  context: FuseContext,
  memo: Memo,
): Pick<FusedValue, 'nodes' | 'tensors' | 'rounding'> {
  const { scope, graph, facts } = context;
  const { name } = graph.values[rewrite.value]!;
  const { steps, result } = rewrite.lowering;
  const writer = new NodeWriter(facts, name, scope.elementType(name), memo);
  if (context.aliases.has(name)) return writer;
  const outputs: string[] = [];
  const frame = { axis: rewrite.affine.axis, rank: graph.values[rewrite.value]!.shape.length };
  const nameOf = (ref: { value: number } | { step: number }) =>
    'value' in ref ? readName(ref.value, context, writer) : outputs[ref.step]!;
  for (const step of steps) outputs.push(writeStep(writer, step, nameOf, frame));
  if ('value' in result) outputs.push(writer.node('Identity', [nameOf(result)]));
  writer.finish(outputs.at(-1)!, scope.producers.get(name)!.name, name);
  return writer;
}

/** The name a value is read under; a moved source that is not in the model is made where it is first read. */
function readName(value: number, context: FuseContext, writer: NodeWriter): string {
  const { moved } = context.graph.values[value]!;
  if (!moved?.steps) return context.nameOf(value);
  const known = context.movedNames.get(value);
  if (known !== undefined) return known;
  const input = readName(moved.source, context, writer);
  const name = moved.steps.reduce((from, step) => context.writeMovement(writer, step, from), input);
  context.movedNames.set(value, name);
  return name;
}

/** Every tensor that the new weights or the old definitions are made of. */
function sourcesOf(rewrite: Rewrite, graph: Graph): Set<WeightSource> {
  const sources = new Set<WeightSource>();
  const old = rewrite.absorbed.map((value) => definitionOn(graph.values[value]!.definitions, rewrite.affine.axis));
  for (const affine of [rewrite.affine, ...old]) {
    if (!affine) continue;
    for (const { operator } of affine.terms) for (const source of operator.weight.sources) sources.add(source);
    for (const source of affine.bias?.sources ?? []) sources.add(source);
  }
  return sources;
}
