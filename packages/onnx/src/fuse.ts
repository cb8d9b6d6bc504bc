/** Carries out one rewrite: reads its weights, proves it, and writes its nodes. */
import { type Memo, ReparamError, type Rewrite, type ValueId } from '@reparam/core';
import { type CarryOutContext, carryOut, type Proven } from '@reparam/core/convert';
import { isFunction, type Scope } from './analysis/scope.ts';
import { DataType } from './elements/data-type.ts';
import { writeSteps } from './emit/steps.ts';
import { type FileFacts, type InlineTensor, NodeWriter } from './emit/writer.ts';
import type { Evaluation } from './load-evaluation.ts';
import { modelValue } from './model-value.ts';
import type { NewNode } from './proto/new-parts.ts';

/** New nodes for one value, and how sure they are. */
export interface FusedValue extends Proven {
  readonly nodes: readonly NewNode[];
  readonly tensors: readonly InlineTensor[];
  readonly rounding: number;
}

export interface FuseContext extends CarryOutContext {
  readonly scope: Scope;
  readonly facts: FileFacts;
  /** Values that are read under another's name: nothing is written for them. */
  readonly aliases: ReadonlyMap<string, string>;
  readonly writeMovement: Evaluation['writeMovement'];
  /** Names of moved sources that have been made. */
  readonly movedNames: Map<ValueId, string>;
  /** Values of the model that are but a moved source: it is made under the name of one of them. */
  readonly copies: ReadonlyMap<ValueId, ValueId>;
  /** The name under which a value is read. */
  nameOf(value: number): string;
}

/** @throws ReparamError `proof-failed`, `overflow`, `not-a-number`: the rewrite must not be made. */
export function fuseValue(rewrite: Rewrite, context: FuseContext): Promise<FusedValue> {
  return carryOut(rewrite, context, (memo) => writeRewrite(rewrite, context, memo));
}

function writeRewrite(
  rewrite: Rewrite,
  context: FuseContext,
  memo: Memo,
): Pick<FusedValue, 'nodes' | 'tensors' | 'rounding'> {
  const { scope, graph, facts } = context;
  const { name, moved } = graph.values[rewrite.value]!;
  const { steps, result } = rewrite.lowering;
  const { name: model } = modelValue(graph, rewrite.value);
  const writer = new NodeWriter(facts, model, scope.elementType(model), memo);
  if (context.aliases.has(name)) return written(writer);
  const frame = { axis: rewrite.affine.axis, rank: graph.values[rewrite.value]!.shape.length };
  const outputs = writeSteps(writer, steps, (value) => readName(value, context, writer), frame);
  if ('value' in result)
    outputs.push(
      moved?.steps ? readName(result.value, context, writer) : copyValue(result.value, name, context, writer),
    );
  finish(rewrite.value, outputs.at(-1)!, context, writer);
  if (
    isFunction(scope) &&
    scope.opset < FIRST_WITH_WHOLE_CONSTANTS &&
    writer.tensors.some(({ dataType }) => dataType === DataType.INT64)
  )
    throw new ReparamError(`a function of opset ${scope.opset} cannot hold whole numbers as constants`, {
      code: 'not-implemented',
      hint: 'export with opset 9 or later',
    });
  return written(writer);
}

/** Functions have no initializers, and before this opset a Constant holds floats alone. */
const FIRST_WITH_WHOLE_CONSTANTS = 9;

/** The value under another name, which it may have been given when it was made. */
function copyValue(value: ValueId, as: string, context: FuseContext, writer: NodeWriter): string {
  const name = readName(value, context, writer);
  return name === as ? name : writer.node('Identity', [name]);
}

/** Gives the last output the value's name; one that was not in the model is read under the name it got. */
function finish(value: ValueId, output: string, { scope, graph, movedNames }: FuseContext, writer: NodeWriter): void {
  const { name, moved } = graph.values[value]!;
  if (moved?.steps) movedNames.set(value, output);
  else if (output !== name) writer.finish(output, scope.producers.get(name)!.name, name);
}

function written({ nodes, tensors, rounding }: NodeWriter): Pick<FusedValue, 'nodes' | 'tensors' | 'rounding'> {
  return { nodes, tensors, rounding };
}

/** The name a value is read under; a moved source that is not in the model is made where it is first read. */
function readName(value: number, context: FuseContext, writer: NodeWriter): string {
  const { moved } = context.graph.values[value]!;
  if (!moved?.steps) return context.nameOf(value);
  const known = context.movedNames.get(value);
  if (known !== undefined) return known;
  const input = readName(moved.source, context, writer);
  const made = moved.steps.reduce((from, step) => context.writeMovement(writer, step, from), input);
  const copy = context.copies.get(value);
  const name = copy === undefined ? made : context.graph.values[copy]!.name;
  if (copy !== undefined) writer.finish(made, context.scope.producers.get(name)!.name, name);
  context.movedNames.set(value, name);
  return name;
}
