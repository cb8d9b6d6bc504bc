/** Lifts operators that take a tensor's axes apart, put them together, reorder them, or average over them, as movements. */
import type { Affine, Size, Twin, Value, ValueId } from '@reparam/core';
import { average, type MovedValue, MovedValues, type Movement, reshape, stay, transpose } from '@reparam/core/movement';
import { intAttribute } from '../analysis/attributes.ts';
import { isFloat } from '../analysis/constant.ts';
import { reducedAxes } from '../analysis/fold/reduce.ts';
import { transposeOrder } from '../analysis/fold/reshape.ts';
import { isStandard, type Scope } from '../analysis/scope.ts';
import type { Moves } from '../load-evaluation.ts';
import type { OnnxNode } from '../proto/node.ts';

type Move = (movement: Movement, node: OnnxNode, scope: Scope, to: readonly Size[]) => Movement | null;

const moves: Readonly<Record<string, Move>> = {
  Flatten: regroup,
  GlobalAveragePool: (movement) => average(movement, movement.axes.map((_, axis) => axis).slice(2), true),
  ReduceMean: (movement, node, scope) => {
    const constants = node.inputs.map((name) => scope.constant(name));
    const axes = reducedAxes(node, constants, movement.axes.length);
    return axes ? average(movement, axes, intAttribute(node, 'keepdims', 1) === 1) : null;
  },
  Reshape: regroup,
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

/** Movements of values of the model, each from the value where its chain begins. */
export function followMoves(scope: Scope, values: Value[], ids: ReadonlyMap<string, ValueId>): Moves {
  return new NodeMoves(scope, values, ids);
}

class NodeMoves implements Moves {
  private readonly scope: Scope;
  private readonly ids: ReadonlyMap<string, ValueId>;
  private readonly values: readonly Value[];
  private readonly moved: MovedValues;

  constructor(scope: Scope, values: Value[], ids: ReadonlyMap<string, ValueId>) {
    this.scope = scope;
    this.values = values;
    this.ids = ids;
    this.moved = new MovedValues(values);
  }

  define(node: OnnxNode): MovedValue | null {
    const input = this.ids.get(node.inputs[0] ?? '');
    const shape = this.scope.shape(node.outputs[0]!);
    if (input === undefined || !shape || this.values[input]!.shape.length === 0) return null;
    const { source, movement } = this.values[input]!.moved ?? {
      source: input,
      movement: stay(this.values[input]!.shape),
    };
    const next = moveNode(node, this.scope, movement);
    return next && this.moved.define(source, next, shape, input);
  }

  addTwin(name: string, definitions: readonly Affine[]): Twin | undefined {
    return this.moved.addTwin(name, definitions, this.scope.shape(name) ?? []);
  }

  keep(name: string): void {
    this.moved.keep(this.ids.get(name)!);
  }
}
