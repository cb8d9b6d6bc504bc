/** Writes a rewrite as layers, the last of which has the value's name and may hold the activation behind it. */
import type { Memo, Step } from '@reparam/core';
import { FormatError, isRefusal } from '@reparam/core';
import type { Activation, NewPart, Shape, WriteRequest, WrittenParts } from '../../convert/model-view.ts';
import { readsPadded, stepShapes } from '../../convert/step-shapes.ts';
import { ACTIVATED } from '../lift/lift.ts';
import type { LayerPart } from '../read-parts.ts';
import type { LayersView } from '../view.ts';
import { type LayerDraft, LayerWriter, notImplemented } from './layer-writer.ts';
import { draftMovement } from './movement.ts';
import { draftStep } from './steps.ts';

export function writeSteps(view: LayersView, request: WriteRequest): WrittenParts {
  const { name, steps, memo, shapeOf } = request;
  const activation = request.isInFront || request.isShared ? null : view.activationAfter(name, request.isLeftAlone);
  const shapes = stepShapes(steps, shapeOf);
  const writer = new LayerWriter(view.facts, view.producers.get(name)!.name, memo);
  const nameOf = (value: number) =>
    request.nameOf(value, (step, input, shape) => addAll(writer, draftMovement(step, input, shape, view.layout)));
  const outputs: string[] = [];
  let last: LayerDraft[] = [];
  steps.forEach((step, index) => {
    const refs = 'inputs' in step ? step.inputs : [step.input];
    const inputs = refs.map((ref) => ('value' in ref ? nameOf(ref.value) : outputs[ref.step]!));
    const [first] = refs;
    const inputShape = 'value' in first! ? shapeOf(first.value) : shapes[first!.step]!;
    if (readsPadded(step, shapeOf)) throw notImplemented('padding of a size that is not known');
    const drafts = draftStep(writer, step, { inputs, inputShape, shape: shapes[index]! });
    if (index === steps.length - 1) last = drafts;
    else outputs.push(addAll(writer, drafts));
  });
  if ('value' in request.result) {
    const { value } = request.result;
    const made = nameOf(value);
    const own = activation ? undefined : writer.takeBack(made);
    last = [own ?? activationDraft([made], activation?.activation ?? 'linear', shapeOf(value))];
    if (own && !request.isInFront) request.rename(value, name);
  }
  if (request.isInFront) addAll(writer, last);
  else finish(view, writer, last, name, activation, 'value' in request.result);
  const { parts, rounding } = writer;
  return { parts, rounding, absorbed: activation?.nodes ?? [] };
}

/** Layers one behind the other; the first reads its own inputs. */
function addAll(writer: LayerWriter, drafts: readonly LayerDraft[]): string {
  let output: string | undefined;
  for (const draft of drafts) output = writer.add(output === undefined ? draft : { ...draft, inputs: [output] });
  return output!;
}

function activationDraft(inputs: readonly string[], activation: unknown, shape: Shape): LayerDraft {
  return { className: 'Activation', inputs, config: { activation }, weights: {}, macsPerElement: 0, shape };
}

/** Adds the last drafts; the final layer has the name of what it stands for. `isHeld`: the activation is in them already. */
function finish(
  view: LayersView,
  writer: LayerWriter,
  drafts: readonly LayerDraft[],
  value: string,
  activation: Activation | null,
  isHeld: boolean,
): void {
  const output = activation?.nodes.at(-1)?.outputs[0] ?? value;
  const maker = view.producers.get(output)!;
  const isOwn = view.names.outputsOf(maker.call)[0] === output && view.isCalledOnce(maker.name);
  const layer = isOwn ? maker.name : writer.freshName(maker.part === 'whole' ? 'call' : maker.part);
  const before = drafts.slice(0, -1);
  let final = drafts.at(-1)!;
  if (before.length > 0) final = { ...final, inputs: [addAll(writer, before)] };
  if (activation && !isHeld && ACTIVATED.has(final.className)) {
    final = { ...final, config: { ...final.config, activation: activation.activation } };
  } else if (activation && !isHeld) {
    final = activationDraft([writer.add(final)], activation.activation, final.shape);
  }
  writer.add(final, { layer, value: output });
}

/** Parts of one layer, another part of which is replaced, as layers of their own. */
export function writeSeparately(view: LayersView, nodes: readonly LayerPart[]): NewPart[] {
  const memo: Memo = new Map();
  const parts: NewPart[] = [];
  const rest = [...nodes];
  for (let node = rest.shift(); node; node = rest.shift()) {
    const writer = new LayerWriter(view.facts, node.name, memo);
    const shape = view.viewShape(view.shape(node.inputs[0]!)!);
    const isLast = node.outputs[0] === view.names.outputsOf(node.call)[0];
    const joined = rest[0]?.part === 'activation' ? rest.shift()! : null;
    const final = joined ?? node;
    const layer = isLast || joined ? node.name : writer.freshName(node.part);
    let draft = draftPart(view, writer, node, shape);
    if (joined) draft = { ...draft, config: { ...draft.config, activation: joined.call.layer.config.activation } };
    writer.add(draft, { layer, value: final.outputs[0]! });
    parts.push(...writer.parts);
  }
  return parts;
}

function draftPart(view: LayersView, writer: LayerWriter, node: LayerPart, shape: Shape): LayerDraft {
  if (node.part === 'activation') return activationDraft(node.inputs, node.call.layer.config.activation, shape);
  const lifted = view.lift(node);
  if (!lifted || isRefusal(lifted))
    throw new FormatError(`layer "${node.name}" cannot be divided`, { code: 'internal' });
  const [{ terms, bias }] = lifted as readonly [(typeof lifted)[number]];
  const { operator, padded } = terms[0]!;
  const step: Step = { op: 'conv', input: { value: 0 }, operator: { ...operator, bias }, groups: 1 };
  const inputShape = padded ? [...shape.slice(0, 2), ...padded] : shape; // the layer pads by itself
  const [output] = stepShapes([step], () => inputShape);
  return draftStep(writer, step, { inputs: node.inputs, inputShape, shape: output! })[0]!;
}
