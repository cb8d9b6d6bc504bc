/** Writes a rewrite as nodes, the last of which has the value's name and may hold the activation behind it. */
import type { Memo } from '@reparam/core';
import type { NewPart, Shape, WriteRequest, WrittenParts } from '../../convert/model-view.ts';
import { readsPadded, stepShapes } from '../../convert/step-shapes.ts';
import { write } from '../attributes.ts';
import type { GraphActivation, GraphView } from '../view.ts';
import { draftMovement } from './movement.ts';
import { type NodeDraft, NodeWriter, notImplemented } from './node-writer.ts';
import { FUSED_FORMS } from './products.ts';
import { draftStep } from './steps.ts';

export function writeSteps(view: GraphView, request: WriteRequest): WrittenParts {
  const { name, steps, memo, shapeOf } = request;
  const activation = request.isInFront || request.isShared ? null : view.activationAfter(name, request.isLeftAlone);
  const shapes = stepShapes(steps, shapeOf);
  const output = activation?.nodes.at(-1)?.outputs[0] ?? name;
  const writer = new NodeWriter(view.facts, output, memo);
  const nameOf = (value: number) =>
    request.nameOf(value, (step, input, shape) => writer.add(draftMovement(writer, step, input, shape)));
  const outputs: string[] = [];
  let last: NodeDraft | undefined;
  steps.forEach((step, index) => {
    const refs = 'inputs' in step ? step.inputs : [step.input];
    const inputs = refs.map((ref) => ('value' in ref ? nameOf(ref.value) : outputs[ref.step]!));
    const [first] = refs;
    const inputShape = 'value' in first! ? shapeOf(first.value) : shapes[first!.step]!;
    if (readsPadded(step, shapeOf)) throw notImplemented('padding of a size that is not known');
    const draft = draftStep(writer, step, { inputs, inputShape, shape: shapes[index]! });
    if (index === steps.length - 1) last = draft;
    else outputs.push(writer.add(draft));
  });
  if ('value' in request.result) {
    const { value } = request.result;
    const shape = shapeOf(value);
    const made = nameOf(value);
    const own = activation ? undefined : writer.takeBack(made);
    const copy: NodeDraft = { op: 'Identity', inputs: [made], attributes: {}, weights: [], macsPerElement: 0, shape };
    last = activation ? activationDraft(made, activation, shape) : (own ?? copy);
    if (own && !request.isInFront) request.rename(value, name);
  }
  if (request.isInFront) writer.add(last!);
  else finish(writer, last!, output, 'value' in request.result ? null : activation);
  const { parts, rounding } = writer;
  return { parts, rounding, absorbed: activation?.nodes ?? [] };
}

function finish(writer: NodeWriter, draft: NodeDraft, output: string, activation: GraphActivation | null): void {
  if (!activation) writer.add(draft, output);
  else writer.add(holding(draft, activation) ?? activationDraft(writer.add(draft), activation, draft.shape), output);
}

/** The node with the activation in it; null where it holds none. Without a bias, a matrix product takes the slopes of a Prelu for one. */
function holding(draft: NodeDraft, { activation, inputs, attributes }: GraphActivation): NodeDraft | null {
  const form = FUSED_FORMS[draft.op];
  const isFused = Object.values(FUSED_FORMS).includes(draft.op);
  if (form === undefined && !isFused) return null;
  if (draft.op === 'MatMul' && inputs.length > 0) return null;
  const fused = {
    fused_ops: write.strings([isFused ? 'BiasAdd' : 'NoOp', activation]),
    num_args: write.whole((isFused ? 1 : 0) + inputs.length),
    epsilon: write.float(0),
  };
  const held = attributes.alpha === undefined ? {} : { leakyrelu_alpha: attributes.alpha };
  return {
    ...draft,
    op: form ?? draft.op,
    inputs: [...draft.inputs, ...inputs],
    attributes: { ...draft.attributes, ...fused, ...held },
  };
}

function activationDraft(input: string, { activation, inputs, attributes }: GraphActivation, shape: Shape): NodeDraft {
  return { op: activation, inputs: [input, ...inputs], attributes, weights: [], macsPerElement: 0, shape };
}

/** The activation of a fused node whose product is replaced by a value that is there already. */
export function writeActivation(
  view: GraphView,
  input: string,
  output: string,
  activation: GraphActivation,
): NewPart[] {
  const memo: Memo = new Map();
  const writer = new NodeWriter(view.facts, output, memo);
  writer.add(activationDraft(input, activation, view.viewShape(view.shape(output)!)), output);
  return writer.parts;
}
