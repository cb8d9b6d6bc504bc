/** The graph after a plan, as a second conversion would see it: every step of a rewrite is a value of its own. */
import {
  type Affine,
  embed,
  type Graph,
  identity,
  type LazyArray,
  type Operator,
  type Plan,
  type Ref,
  type Rewrite,
  type Step,
  select,
  type Term,
  type Value,
  type ValueId,
} from '../src/index.ts';
import { channelAxes } from './graph-writer.ts';

export function rewriteGraph(graph: Graph, plan: Plan): Graph {
  const values: Value[] = [];
  const ids = new Map<ValueId, ValueId>();
  const rewrites = new Map(plan.rewrites.map((rewrite) => [rewrite.value, rewrite]));
  graph.values.forEach((value, id) => {
    if (plan.dead.has(id) && value.definitions.length > 0) return;
    const rewrite = rewrites.get(id);
    if (rewrite) ids.set(id, pushSteps(values, value, rewrite, ids));
    else ids.set(id, values.push({ ...value, definitions: value.definitions.map((one) => renumber(one, ids)) }) - 1);
  });
  return { values };
}

function renumber(affine: Affine, ids: ReadonlyMap<ValueId, ValueId>): Affine {
  const terms = affine.terms.map((term) => {
    const value = ids.get(term.value);
    if (value === undefined) throw new Error(`value ${term.value} is dead, yet read`);
    return { ...term, value };
  });
  return { ...affine, terms };
}

/** Adds a value for each step; the last one stands for the rewritten value. */
function pushSteps(values: Value[], value: Value, rewrite: Rewrite, ids: ReadonlyMap<ValueId, ValueId>): ValueId {
  const { steps, result } = rewrite.lowering;
  const { axis } = rewrite.affine;
  const made: ValueId[] = [];
  const read = (ref: Ref) => ('value' in ref ? ids.get(ref.value)! : made[ref.step]!);
  for (const step of steps) {
    const definitions = definitionsOf(
      step,
      axis,
      value.shape.map((size) => size),
      read,
      values,
    );
    const channels = definitions.find((one) => one.axis === axis)!.terms[0]!.operator.outChannels;
    const shape = stepShape(step, value, axis, channels, read, values);
    made.push(
      values.push({ name: `${value.name}.${made.length}`, shape, definitions, kept: false, origin: step.op }) - 1,
    );
  }
  if ('value' in result) {
    const channels = value.shape[axis] as number;
    const affine = { axis, terms: [{ operator: identity(channels), value: read(result) }], bias: null };
    return values.push({ ...value, definitions: [affine], pinned: false, origin: 'Identity' }) - 1;
  }
  const last = made[result.step]!;
  values[last] = { ...values[last]!, name: value.name, kept: value.kept };
  return last;
}

/** A channel slice stands before the window, everything else has the value's own sizes. */
function stepShape(
  step: Step,
  value: Value,
  axis: number,
  channels: number,
  read: (ref: Ref) => ValueId,
  values: Value[],
) {
  const sizes = step.op === 'slice' ? values[read(step.input)]!.shape : value.shape;
  return sizes.map((size, index) => (index === axis ? channels : size));
}

function definitionsOf(
  step: Step,
  axis: number,
  shape: Value['shape'],
  read: (ref: Ref) => ValueId,
  values: readonly Value[],
): Affine[] {
  const channelsOf = (ref: Ref) => values[read(ref)]!.shape[axis] as number;
  const one = (operator: Operator, ref: Ref, bias: LazyArray | null = null): Affine[] => [
    { axis, terms: [{ operator: { ...operator, bias: null }, value: read(ref) }], bias },
  ];
  switch (step.op) {
    case 'add':
      return channelAxes(shape).map((channelAxis) => ({
        axis: channelAxis,
        bias: null,
        terms: step.inputs.map((ref) => ({
          operator: identity(values[read(ref)]!.shape[channelAxis] as number),
          value: read(ref),
        })),
      }));
    case 'concat':
      return [{ axis, terms: embedAll(step.inputs, channelsOf, read), bias: null }];
    case 'scale':
      return one({ ...identity(step.factor.length), weight: step.factor }, step.input);
    case 'shift':
      return one(identity(step.shift.length), step.input, step.shift);
    case 'affine':
      return one({ ...identity(step.factor.length), weight: step.factor }, step.input, step.shift);
    case 'slice':
      return one(select(channelsOf(step.input), step.start, step.count), step.input);
    case 'window':
      return one({ ...identity(channelsOf(step.input)), axes: step.axes }, step.input);
    case 'ones':
      throw new Error('a channel of ones is not planned again');
    case 'map': // a constant source, taken as a random one: what is planned next does not depend on it
      throw new Error('a map is not planned again');
    default:
      return one(step.operator, step.input, step.operator.bias);
  }
}

function embedAll(inputs: readonly Ref[], channelsOf: (ref: Ref) => number, read: (ref: Ref) => ValueId): Term[] {
  const channels = inputs.reduce((sum, ref) => sum + channelsOf(ref), 0);
  let start = 0;
  return inputs.map((ref) => {
    const term = { operator: embed(channels, start, channelsOf(ref)), value: read(ref) };
    start += channelsOf(ref);
    return term;
  });
}
