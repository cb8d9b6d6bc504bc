/**
 * Makes a rewrite that reaches across movements small before it is replayed. An axis that all operators act along alike, and that movements
 * take whole, is as good with few positions as with many: attention over 577 tokens is replayed over a few.
 */
import { isPointAxis, pointAxis } from '../axis.ts';
import type { Affine, Graph, Value, ValueId } from '../graph.ts';
import type { Factor, Movement } from '../movement/movement.ts';
import type { Size } from '../size.ts';
import type { Replay } from './sizes.ts';

/** Axes that are no longer than this stay; others become this long, each one a bit longer than the one before: none is taken for another. */
const FEW = 3;

/** The same rewrite with fewer positions on axes where that makes no difference. */
export function shrinkReplay(replay: Replay): Replay {
  const { graph } = replay;
  const ids = replayedValues(replay);
  const sizes = chooseFew(classesOf(replay, ids), graph, ids);
  if (sizes.size === 0) return replay;
  const values = [...graph.values];
  for (const id of ids) values[id] = shrinkValue(id, graph.values[id]!, sizes);
  return { ...replay, graph: { ...graph, values } };
}

/** Whether a size of the rewrite is free, so that it is to be replayed at several. */
export function hasFreeSizes(replay: Replay): boolean {
  return [...replayedValues(replay)].some((id) =>
    replay.graph.values[id]!.shape.some((size) => typeof size !== 'number'),
  );
}

/** Values that the replay reads. */
export function replayedValues({ graph, value, affine, absorbed }: Replay): Set<ValueId> {
  const found = new Set<ValueId>();
  const queue = [value, ...affine.terms.map((term) => term.value)];
  for (let next = queue.pop(); next !== undefined; next = queue.pop()) {
    if (found.has(next)) continue;
    found.add(next);
    const { moved, definitions } = graph.values[next]!;
    if (moved) queue.push(moved.source);
    if (absorbed.has(next)) queue.push(...definitions.flatMap(({ terms }) => terms.map((term) => term.value)));
  }
  return found;
}

type Place = `${ValueId}:${number}`;

/** Axes of values that have the same positions, as classes; a class whose length matters is `fixed`. */
class AxisClasses {
  private readonly parents = new Map<Place, Place>();
  private readonly fixed = new Set<Place>();

  of(value: ValueId, axis: number): Place {
    let place: Place = `${value}:${axis}`;
    for (let parent = this.parents.get(place); parent; parent = this.parents.get(place)) place = parent;
    return place;
  }

  join(a: Place, b: Place): void {
    if (a === b) return;
    this.parents.set(a, b);
    if (this.fixed.has(a)) this.fixed.add(b);
  }

  fix(value: ValueId, axis: number): void {
    this.fixed.add(this.of(value, axis));
  }

  isFixed(place: Place): boolean {
    return this.fixed.has(place);
  }
}

function classesOf(replay: Replay, ids: ReadonlySet<ValueId>): AxisClasses {
  const { graph, value, affine, absorbed } = replay;
  const classes = new AxisClasses();
  joinTerms(classes, graph, value, affine);
  for (const id of ids) {
    const { moved, definitions } = graph.values[id]!;
    if (moved) joinMoved(classes, graph, id, moved.source, moved.movement);
    if (absorbed.has(id)) for (const definition of definitions) joinTerms(classes, graph, id, definition);
  }
  return classes;
}

/** A value and what its terms read have the same positions but along channels, and along what windows move over. */
function joinTerms(classes: AxisClasses, graph: Graph, id: ValueId, { axis, terms }: Affine): void {
  const { shape } = graph.values[id]!;
  classes.fix(id, axis);
  for (const { operator, value } of terms) {
    const source = graph.values[value]!;
    const isPoint = (at: number) => operator.kind === 'conv' && isPointAxis(operator.axes[at - 2] ?? pointAxis);
    const isAlike = (at: number) => at !== axis && (at === 0 || isPoint(at)) && source.shape.length === shape.length;
    for (const [at, size] of shape.entries()) {
      if (isAlike(at) && source.shape[at] === size) classes.join(classes.of(value, at), classes.of(id, at));
      else if (!(source.isOnes && at === 0)) classes.fix(id, at); // one of a batch
    }
    for (const [at, size] of source.shape.entries()) if (!isAlike(at) || shape[at] !== size) classes.fix(value, at);
  }
}

/** An axis that is taken whole, as one axis, keeps its positions. */
function joinMoved(classes: AxisClasses, graph: Graph, id: ValueId, source: ValueId, movement: Movement): void {
  const from = graph.values[source]!.shape;
  for (const { axis } of movement.averaged) classes.fix(source, axis);
  for (const [at, factors] of movement.axes.entries()) {
    if (movement.sampled?.axes.includes(at)) continue; // from any positions to any others
    const [factor, ...others] = factors;
    if (factor && others.length === 0 && isWhole(factor, from))
      classes.join(classes.of(source, factor.axis), classes.of(id, at));
    else {
      classes.fix(id, at);
      for (const { axis } of factors) classes.fix(source, axis);
    }
  }
}

function isWhole({ axis, size, step }: Factor, from: readonly Size[]): boolean {
  return step === 1 && size === from[axis];
}

/** New lengths, by class. */
function chooseFew(classes: AxisClasses, graph: Graph, ids: ReadonlySet<ValueId>): FewOf {
  const lengths = new Map<Place, number>();
  let next = FEW;
  for (const id of ids) {
    for (const [axis, size] of graph.values[id]!.shape.entries()) {
      const place = classes.of(id, axis);
      if (classes.isFixed(place) || lengths.has(place) || typeof size !== 'number' || size <= next) continue;
      lengths.set(place, next++);
    }
  }
  return { size: lengths.size, of: (value, axis) => lengths.get(classes.of(value, axis)) };
}

interface FewOf {
  readonly size: number;
  of(value: ValueId, axis: number): number | undefined;
}

function shrinkValue(id: ValueId, value: Value, few: FewOf): Value {
  const shape = value.shape.map((size, axis) => few.of(id, axis) ?? size);
  const { moved } = value;
  if (!moved) return { ...value, shape };
  const axes = moved.movement.axes.map((factors) =>
    factors.map((factor) => ({ ...factor, size: few.of(moved.source, factor.axis) ?? factor.size })),
  );
  return { ...value, shape, moved: { ...moved, movement: { ...moved.movement, axes } } };
}
