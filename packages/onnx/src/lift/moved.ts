/** Lifts operators that take a tensor's axes apart, put them together, reorder them, average over them, or sample positions, as movements. */
import type { Affine, MovementStep, Size, Twin, Value, ValueId } from '@reparam/core';
import {
  average,
  type MovedValue,
  MovedValues,
  type Movement,
  movementKey,
  plainForms,
  reshape,
  sample,
  stay,
  transpose,
} from '@reparam/core/movement';
import { intAttribute, stringAttribute } from '../analysis/attributes.ts';
import { isFloat } from '../analysis/constant.ts';
import { reducedAxes } from '../analysis/fold/reduce.ts';
import { transposeOrder } from '../analysis/fold/reshape.ts';
import { isStandard, type Scope } from '../analysis/scope.ts';
import type { Moves } from '../load-evaluation.ts';
import type { OnnxNode } from '../proto/node.ts';
import { operatorKey } from './own-operator.ts';
import { samplingOf } from './sampled.ts';

type Move = (movement: Movement, node: OnnxNode, scope: Scope, to: readonly Size[]) => Movement | null;

const moves: Readonly<Record<string, Move>> = {
  DepthToSpace: moveBlocks,
  Flatten: regroup,
  GlobalAveragePool: (movement) => average(movement, movement.axes.map((_, axis) => axis).slice(2), true),
  ReduceMean: (movement, node, scope) => {
    const constants = node.inputs.map((name) => scope.constant(name));
    const axes = reducedAxes(node, constants, movement.axes.length);
    return axes ? average(movement, axes, intAttribute(node, 'keepdims', 1) === 1) : null;
  },
  Reshape: regroup,
  SpaceToDepth: moveBlocks,
  Squeeze: regroup,
  Transpose: (movement, node) => {
    const order = transposeOrder(node, movement.axes.length);
    return order ? transpose(movement, order) : null;
  },
  Unsqueeze: regroup,
};

/** The node's movement after that of its input; null where it is none. */
function moveNode(node: OnnxNode, scope: Scope, before: Movement): Movement | null {
  const to = scope.shape(node.outputs[0]!);
  const move = isStandard(scope.model, node) ? moves[node.opType] : undefined;
  if (!move || !to || node.outputs.length !== 1 || !isFloat(scope.elementType(node.outputs[0]!))) return null;
  const movement = move(before, node, scope, to);
  return movement?.axes.length === to.length ? movement : null;
}

function regroup(movement: Movement, _: OnnxNode, scope: Scope, to: readonly Size[]): Movement | null {
  return reshape(
    movement,
    to.map((size) => scope.products.factorsOf(size)),
  );
}

/** Blocks of positions become channels, or the other way about: channels are in front of the places in a block, or behind them (DCR). */
function moveBlocks(before: Movement, node: OnnxNode, scope: Scope, to: readonly Size[]): Movement | null {
  const from = scope.shape(node.inputs[0]!);
  if (from?.length !== 4) return null;
  const isSpread = node.opType === 'DepthToSpace';
  const [smaller, larger] = isSpread ? [from, to] : [to, from];
  const block = [intAttribute(node, 'blocksize', 0)];
  const [batch, channels, height, width] = [smaller[0]!, larger[1]!, smaller[2]!, smaller[3]!].map((size) =>
    scope.products.factorsOf(size),
  );
  if (!isSpread) {
    const apart = reshape(before, [batch!, channels!, height!, block, width!, block]);
    return apart && regroup(transpose(apart, [0, 3, 5, 1, 2, 4]), node, scope, to);
  }
  const isLast = stringAttribute(node, 'mode', 'DCR') === 'DCR';
  const depth = isLast ? [block, block, channels!] : [channels!, block, block];
  const apart = reshape(before, [batch!, ...depth, height!, width!]);
  return apart && regroup(transpose(apart, isLast ? [0, 3, 4, 1, 5, 2] : [0, 1, 4, 2, 5, 3]), node, scope, to);
}

/** Movements of values of the model, each from the value where its chain begins. */
export function followMoves(scope: Scope, values: Value[], ids: ReadonlyMap<string, ValueId>): Moves {
  return new NodeMoves(scope, values, ids);
}

class NodeMoves implements Moves {
  private readonly scope: Scope;
  private readonly ids: ReadonlyMap<string, ValueId>;
  private readonly values: readonly Value[];
  private readonly moved: MovedValues;
  /** Operators that do alone what several steps do, by their movements. */
  private readonly operators = new Map<string, string>();

  constructor(scope: Scope, values: Value[], ids: ReadonlyMap<string, ValueId>) {
    this.scope = scope;
    this.values = values;
    this.ids = ids;
    this.moved = new MovedValues(values, { ...plainForms, steps: (...move) => this.stepsOf(...move) });
  }

  define(node: OnnxNode): MovedValue | null {
    const read = this.ids.get(node.inputs[0] ?? '');
    const shape = this.scope.shape(node.outputs[0]!);
    if (read === undefined || !shape || this.values[read]!.shape.length === 0) return null;
    const input = this.moved.original(read);
    const { moved, shape: from } = this.values[input]!;
    const { source, movement } = moved && !moved.movement.sampled ? moved : { source: input, movement: stay(from) };
    const sampled = samplingOf(node, this.scope, from, shape);
    if (sampled && sampled.axes.length > 0) {
      const defined = this.moved.define(input, sample(from, sampled), shape);
      return defined.definitions.length > 0 ? defined : null; // a value like any other
    }
    const next = sampled ? movement : moveNode(node, this.scope, movement);
    if (next && !moved && moves[node.opType] === moveBlocks)
      this.operators.set(movementKey(next), operatorKey(node, [], [])!);
    return next && this.moved.define(source, next, shape, input);
  }

  private stepsOf(movement: Movement, from: readonly Size[], to: readonly Size[]): readonly MovementStep[] | null {
    const key = this.operators.get(movementKey(movement));
    return key ? [{ op: 'operator', key, shape: to }] : plainForms.steps(movement, from, to);
  }

  addTwin(name: string, definitions: readonly Affine[]): Twin | undefined {
    return this.moved.addTwin(name, definitions, this.scope.shape(name) ?? []);
  }

  keep(name: string): void {
    this.moved.keep(this.ids.get(name)!);
  }
}
