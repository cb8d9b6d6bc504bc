/**
 * Values that are movements of others, in a graph: what they are defined by, beside the node that makes them. A moved sum of terms is a sum
 * of terms on moved sources; such a source need not be in the model, and is then made where a form comes to read it.
 */
import { composeBias, composeUnchecked } from '../algebra/compose.ts';
import { type Affine, type Moved, spatialSizes, type Term, type Twin, type Value, type ValueId } from '../graph.ts';
import { identity } from '../lift/identity.ts';
import type { Operator } from '../operator.ts';
import { type Cost, noCost, nominalElements } from '../plan/cost.ts';
import { listMovedReplayers } from '../proof/moved-replayer.ts';
import { isRepetition } from '../repetition.ts';
import { type Size, sameShape } from '../size.ts';
import { invert } from './inverse.ts';
import { isStay, type Movement, movementKey } from './movement.ts';
import { type MovementStep, movementSteps } from './steps.ts';
import { type ChannelPath, findChannels, moveBias, moveOperator, selectionOf, withChannels } from './transport.ts';
import { useTwin } from './use-twin.ts';

/** What a moved value is given beside its name. */
export interface MovedValue {
  readonly definitions: readonly Affine[];
  readonly moved: Moved;
}

/** What a framework can write. */
export interface MovedForms {
  /** Axes that a form can be written on. */
  channelAxes(shape: readonly Size[]): readonly number[];
  /** The operators that make a moved source of one shape from another; null where there are none. */
  steps(movement: Movement, from: readonly Size[], to: readonly Size[]): readonly MovementStep[] | null;
}

/** The second and the last axis, and what reshapes, transposes and means make. */
export const plainForms: MovedForms = { channelAxes, steps: movementSteps };

/** Adds moved values to the values of a graph that is being built. */
export class MovedValues {
  private readonly values: Value[];
  private readonly forms: MovedForms;
  private readonly known = new Map<string, ValueId>();

  constructor(values: Value[], forms: MovedForms = plainForms) {
    this.values = values;
    this.forms = forms;
  }

  /** The value of the model that another only repeats: what moves that, moves this one. */
  original(value: ValueId): ValueId {
    for (let original = value; ; ) {
      const found = this.values[original]!.definitions.find(isRepetition)?.terms[0]?.value;
      if (found === undefined || this.values[found]!.moved?.steps) return original;
      original = found;
    }
  }

  /** A value of the model that is a movement of `source`, made by moving `read`. Sources it needs are added to the graph before it. */
  define(source: ValueId, movement: Movement, shape: readonly Size[], read: ValueId = source): MovedValue {
    const from = this.values[source]!;
    const same = isStay(movement, from.shape) ? source : this.known.get(keyOf(source, movement));
    const definitions =
      same === undefined
        ? this.moveDefinitions(source, movement, shape)
        : this.forms.channelAxes(shape).map((axis) => alias(axis, shape[axis] as number, same));
    return {
      definitions,
      moved: { source, movement, price: moveCost(1, this.values[read]!.shape, shape), replay: listMovedReplayers },
    };
  }

  /** Tells that a value of the model is this movement, so that it is not made again. */
  keep(id: ValueId): void {
    const { moved } = this.values[id]!;
    if (!moved) return;
    this.known.set(keyOf(moved.source, moved.movement), id);
    const back = invert(moved.movement, this.values[moved.source]!.shape);
    if (back) this.known.set(keyOf(id, back), moved.source);
  }

  /**
   * Another way to make the value that is added next: where its definitions read a movement, as that movement of what they are in front of
   * it. What this needs is added to the graph.
   */
  addTwin(name: string, definitions: readonly Affine[], shape: readonly Size[]): Twin | undefined {
    for (const { source, movement } of this.findRead(definitions, shape)) {
      const { shape: before } = this.values[source]!;
      const back = invert(movement, before);
      const moved = back ? this.moveAll(definitions, back, shape, before) : [];
      if (!back || moved.length === 0) continue;
      const made = this.values.length;
      const own = { name: `${name} in front`, shape: before, definitions: moved, kept: false, origin: 'movement' };
      const way = { movement: back, price: noCost, replay: listMovedReplayers, steps: [] };
      this.values.push({ ...own, moved: { ...way, source: made } });
      const twin = this.moveSource(made, movement, shape);
      const next = this.values.length;
      if (twin !== null) this.known.set(keyOf(next, back), made);
      this.values[made] = { ...own, moved: { ...way, source: twin === null ? source : next } };
      if (twin !== null) return { value: twin, use: useTwin };
    }
    return undefined;
  }

  /** What the terms of this shape are movements of, or have a twin that is. */
  private findRead(definitions: readonly Affine[], shape: readonly Size[]): Moved[] {
    const read = new Set(definitions.flatMap(({ terms }) => terms.map(({ value }) => this.values[value]!)));
    return [...read].flatMap(({ twin, moved, shape: own }) => {
      if (!sameShape(own, shape)) return [];
      if (twin) return [this.values[twin.value]!.moved!];
      return moved && !moved.steps ? [moved] : [];
    });
  }

  private moveDefinitions(source: ValueId, movement: Movement, shape: readonly Size[]): Affine[] {
    const from = this.values[source]!;
    const found: Affine[] = [];
    for (const axis of this.forms.channelAxes(from.shape)) {
      const path = findChannels(movement, from.shape, axis);
      const selection = path && selectionOf(path);
      if (!selection || !isStay(withChannels(movement, path, axis, from.shape), from.shape)) continue;
      found.push({ axis, terms: [{ operator: selection, value: source }], bias: null });
    }
    const others = from.definitions.filter(({ axis }) => found.every((own) => own.axis !== axis));
    return [...found, ...this.moveAll(others, movement, from.shape, shape)];
  }

  /** Those of the definitions that commute with the movement, behind it. */
  private moveAll(
    definitions: readonly Affine[],
    movement: Movement,
    from: readonly Size[],
    shape: readonly Size[],
  ): Affine[] {
    const found = new Map<number, Affine>();
    for (const definition of definitions) {
      const path = findChannels(movement, from, definition.axis);
      if (!path || found.has(path.axis) || !this.forms.channelAxes(shape).includes(path.axis)) continue;
      const moved = this.moveAffine(definition, movement, path, shape);
      if (moved) found.set(path.axis, moved);
    }
    return [...found.values()];
  }

  /** null where some term does not commute with the movement. */
  private moveAffine(affine: Affine, movement: Movement, path: ChannelPath, shape: readonly Size[]): Affine | null {
    const terms: Term[] = [];
    for (const { operator, value } of affine.terms) {
      if (this.values[value]!.isOnes) return null;
      const moved = moveOperator(operator, path, spatialSizes(this.values[value]!.shape, affine.axis));
      if (!moved) return null;
      const around = withChannels(movement, path, affine.axis, this.values[value]!.shape);
      const id = this.moveSource(
        value,
        around,
        shape.map((size, axis) => (axis === path.axis ? moved.inChannels : size)),
      );
      if (id === null) return null;
      terms.push({ operator: moved, value: id });
    }
    const selection = selectionOf(path);
    const plain: Affine = { axis: path.axis, terms, bias: moveBias(affine.bias, path) };
    return selection ? selectChannels(plain, selection) : plain;
  }

  /** The moved source, which is made only where it is read. */
  private moveSource(source: ValueId, movement: Movement, shape: readonly Size[]): ValueId | null {
    const from = this.values[source]!;
    if (isStay(movement, from.shape)) return source;
    const key = keyOf(source, movement);
    const known = this.known.get(key);
    if (known !== undefined) return known;
    const steps = this.forms.steps(movement, from.shape, shape);
    if (!steps) return null;
    const definitions = this.moveDefinitions(source, movement, shape);
    const price = moveCost(steps.length, from.shape, shape);
    this.values.push({
      name: `${from.name} moved`,
      shape,
      definitions,
      kept: false,
      reads: [source],
      origin: 'movement',
      moved: { source, movement, price, replay: listMovedReplayers, steps },
    });
    this.known.set(key, this.values.length - 1);
    return this.values.length - 1;
  }
}

function alias(axis: number, channels: number, value: ValueId): Affine {
  return { axis, terms: [{ operator: identity(channels), value }], bias: null };
}

/** Axes that a form can be written on: the second and the last. */
function channelAxes(shape: readonly Size[]): number[] {
  return [...new Set([1, shape.length - 1])].filter((axis) => axis >= 1 && typeof shape[axis] === 'number');
}

function keyOf(source: ValueId, movement: Movement): string {
  return `${source} ${movementKey(movement)}`;
}

/** Channels of a sum in another order. */
function selectChannels(affine: Affine, selection: Operator): Affine {
  const terms = affine.terms.map(({ operator, value }) => ({ operator: composeUnchecked(selection, operator), value }));
  return { ...affine, terms, bias: composeBias(selection, affine.bias, null) };
}

/** Moving costs no multiply-adds, but reads and writes: what is averaged is so first. */
function moveCost(operators: number, from: readonly Size[], to: readonly Size[]): Cost {
  const [read, written] = [nominalElements(from), nominalElements(to)];
  return { macs: 0, bytes: 4 * (read + written + 2 * (operators - 1) * written), operators };
}
