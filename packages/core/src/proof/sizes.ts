/** Small spatial sizes at which a rewrite meets every border it meets at its declared sizes. */
import { evaluatedSize } from '../evaluate.ts';
import { type Affine, definitionOn, type Graph, spatialSizes, type ValueId } from '../graph.ts';
import { withRank } from '../operator.ts';
import { type Size, sizeAt } from '../size.ts';

/** Spatial size of each source. */
export type SizeAssignment = ReadonlyMap<ValueId, readonly number[]>;

/** What is replayed: a value, its new form, and the values whose definitions went into it. */
export interface Replay {
  readonly graph: Graph;
  readonly value: ValueId;
  readonly affine: Affine;
  readonly absorbed: ReadonlySet<ValueId>;
}

/**
 * Sizes for a replay: with declared sizes one assignment, congruent to them by every stride; with symbolic sizes one for the first and
 * the last residue of the stride.
 */
export function chooseSizes(replay: Replay): SizeAssignment[] {
  const { graph, value, affine } = replay;
  const strides = pathStrides(replay);
  const sources = [...strides.keys()].filter((id) => !replay.absorbed.has(id));
  const output = spatialSizes(graph.values[value]!.shape, affine.axis);
  const variants = [0, 1].map((variant) => {
    const sizes = new Map<ValueId, number[]>(sources.map((id) => [id, []]));
    output.forEach((size, axis) => {
      const declared = (id: ValueId) => spatialSizes(graph.values[id]!.shape, affine.axis)[axis]!;
      // A path of unknown stride fixes its source's size; the others must fit it.
      const known = sources.every((id) => strides.get(id)![axis] != null);
      const strideOf = (id: ValueId) => (known ? strides.get(id)![axis]! : null);
      // As many outputs as leave every source at least one position.
      const least = sources.map((id) => leastOutputs(declared(id), size, strideOf(id)));
      const wanted = Math.max(wantedOutputs(replay, axis), ...least);
      for (const id of sources) sizes.get(id)!.push(replaySize(declared(id), size, wanted, strideOf(id), variant));
    });
    return fitSizes(replay, [...strides.keys()], sizes);
  });
  const same = [...variants[0]!].every(([id, size]) => size.join() === variants[1]!.get(id)!.join());
  return same ? [variants[0]!] : variants;
}

/** Sizes that only follow from others, as those behind a transposed convolution do, made to fit them. */
function fitSizes(
  { graph, affine, absorbed }: Replay,
  ids: readonly ValueId[],
  chosen: Map<ValueId, number[]>,
): SizeAssignment {
  const sizes = new Map<ValueId, readonly number[]>();
  const known = new Map<string, number>();
  for (const id of [...ids].sort((a, b) => a - b)) {
    const shape = spatialSizes(graph.values[id]!.shape, affine.axis);
    const [term] = absorbed.has(id) ? definitionOn(graph.values[id]!.definitions, affine.axis)!.terms : [];
    const size = term ? evaluatedSize(term.operator, sizes.get(term.value)!) : chosen.get(id)!;
    const fitting = shape.map((declared, axis) => {
      if (typeof declared === 'number') return size[axis]!;
      const key = `${declared.symbol} ${declared.stride} ${declared.constant}`;
      if (!known.has(key)) known.set(key, size[axis]!);
      return known.get(key)!;
    });
    sizes.set(id, term ? size : fitting);
  }
  return new Map([...sizes].filter(([id]) => !absorbed.has(id)));
}

/** Enough outputs for a first, an inner and a last one under each window. */
function wantedOutputs({ graph, value, affine }: Replay, index: number): number {
  const rank = spatialSizes(graph.values[value]!.shape, affine.axis).length;
  let wanted = 1;
  for (const { operator } of affine.terms) {
    if (operator.kind === 'transposed') return 4 * operator.axes[index]!.stride;
    const { padBegin, padEnd, stride } = withRank(operator, rank)[index]!;
    wanted = Math.max(wanted, Math.ceil(Math.max(0, padBegin) / stride) + Math.ceil(Math.max(0, padEnd) / stride) + 1);
  }
  return wanted;
}

/** Outputs at which a source still has a position. */
function leastOutputs(declared: Size, output: Size, stride: number | null): number {
  if (typeof declared === 'number' && typeof output === 'number')
    return stride === null ? 1 : output - Math.floor((declared - 1) / stride);
  if (typeof declared === 'number' || typeof output === 'number') return 1;
  return Math.ceil((declared.stride - declared.constant + output.constant) / output.stride);
}

function replaySize(declared: Size, output: Size, wanted: number, stride: number | null, variant: number): number {
  if (typeof output === 'number') {
    if (typeof declared !== 'number') return sizeAt(declared, output);
    if (stride === null || output <= wanted) return declared;
    return declared - stride * (output - wanted);
  }
  const residue = variant === 0 ? 0 : output.stride - 1;
  return Math.max(1, sizeAt(declared, wanted * output.stride - output.constant + residue));
}

/** Product of strides between each value and the replayed one, per axis; null where paths differ or a window is transposed. */
function pathStrides({ graph, value, affine, absorbed }: Replay): Map<ValueId, (number | null)[]> {
  const rank = spatialSizes(graph.values[value]!.shape, affine.axis).length;
  const strides = new Map<ValueId, (number | null)[]>([[value, new Array<number>(rank).fill(1)]]);
  const order = [...absorbed].sort((a, b) => b - a); // readers before what they read
  for (const id of order) {
    const own = strides.get(id);
    const definition = definitionOn(graph.values[id]!.definitions, affine.axis);
    if (!own || !definition) continue;
    for (const { operator, value: source } of definition.terms) {
      const axes = operator.kind === 'transposed' ? null : withRank(operator, rank);
      const path = own.map((stride, axis) => (stride === null || !axes ? null : stride * axes[axis]!.stride));
      const known = strides.get(source);
      strides.set(source, known ? known.map((stride, axis) => (stride === path[axis] ? stride : null)) : path);
    }
  }
  return strides;
}
