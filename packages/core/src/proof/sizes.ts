/** Small spatial sizes at which a rewrite meets every border it meets at its declared sizes. */
import type { Axis } from '../axis.ts';
import { evaluatedSize } from '../channel-evaluator.ts';
import { type Affine, definitionOn, type Graph, spatialSizes, type ValueId } from '../graph.ts';
import { withRank } from '../operator.ts';
import { formatSize, type Size, sizeAt } from '../size.ts';

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
  const paths = tracePaths(replay);
  const least = spatialSizes(graph.values[value]!.shape, affine.axis).map((size, axis) =>
    typeof size === 'number' ? 0 : wantedOutputs(replay, paths, axis),
  );
  const variants = [0, 1].map((variant) => {
    // Behind transposed convolutions of symbolic size, outputs may be fewer than wanted: then ask for more.
    for (let more = 0; ; more = 2 * more + 1) {
      const sizes = fitSizes(replay, [...paths.keys()], assignSizes(replay, paths, variant, more));
      const isEnough = sizes.get(value)!.every((size, axis) => size >= least[axis]!);
      if (isEnough || more > 64) return new Map([...sizes].filter(([id]) => !replay.absorbed.has(id)));
    }
  });
  const same = [...variants[0]!].every(([id, size]) => size.join() === variants[1]!.get(id)!.join());
  return same ? [variants[0]!] : variants;
}

/** All windows on the way from a value to the replayed one, on one axis. */
interface PathAxis {
  /** Product of strides; null where paths differ or a window is transposed. */
  readonly stride: number | null;
  /** Padding before and after, in positions of the value. */
  readonly begin: number;
  readonly end: number;
}

type Paths = ReadonlyMap<ValueId, readonly PathAxis[]>;

/** Sizes of the sources for `more` outputs than wanted. */
function assignSizes(replay: Replay, paths: Paths, variant: number, more: number): Map<ValueId, number[]> {
  const { graph, value, affine } = replay;
  const sources = [...paths.keys()].filter((id) => !replay.absorbed.has(id));
  const sizes = new Map<ValueId, number[]>(sources.map((id) => [id, []]));
  spatialSizes(graph.values[value]!.shape, affine.axis).forEach((size, axis) => {
    const declared = (id: ValueId) => spatialSizes(graph.values[id]!.shape, affine.axis)[axis]!;
    // A path of unknown stride fixes its source's size; the others must fit it.
    const known = sources.every((id) => paths.get(id)![axis]!.stride !== null);
    const strideOf = (id: ValueId) => (known ? paths.get(id)![axis]!.stride : null);
    // As many outputs as leave every source at least one position.
    const least = sources.map((id) => leastOutputs(declared(id), size, strideOf(id)));
    const wanted = Math.max(wantedOutputs(replay, paths, axis) + more, ...least);
    for (const id of sources) sizes.get(id)!.push(replaySize(declared(id), size, wanted, strideOf(id), variant));
  });
  return sizes;
}

/** Sizes of all values: those that only follow from others, as behind a transposed convolution, made to fit them. */
function fitSizes(
  { graph, affine, absorbed }: Replay,
  ids: readonly ValueId[],
  chosen: SizeAssignment,
): SizeAssignment {
  const sizes = new Map<ValueId, readonly number[]>();
  const known = new Map<string, number>();
  const termsOf = (id: ValueId) =>
    absorbed.has(id) ? definitionOn(graph.values[id]!.definitions, affine.axis)!.terms : [];
  const shapeOf = (id: ValueId) => spatialSizes(graph.values[id]!.shape, affine.axis);
  for (const id of ids) {
    for (const { operator, value } of termsOf(id)) {
      const size = operator.kind === 'transposed' && chosen.get(value);
      if (size)
        for (const [axis, fixed] of evaluatedSize(operator, size).entries())
          known.set(formatSize(shapeOf(id)[axis]!), fixed);
    }
  }
  for (const id of [...ids].sort((a, b) => a - b)) {
    const shape = shapeOf(id);
    const [term] = termsOf(id);
    const size = term ? evaluatedSize(term.operator, sizes.get(term.value)!) : chosen.get(id)!;
    const fitting = shape.map((declared, axis) => {
      if (typeof declared === 'number') return size[axis]!;
      const key = formatSize(declared);
      const fit = known.get(key) ?? size[axis]!;
      known.set(key, fit);
      return fit;
    });
    sizes.set(id, term ? size : fitting);
  }
  return sizes;
}

/** Enough outputs for a first, an inner and a last one under each window, of the new form and of the old. */
function wantedOutputs({ graph, value, affine }: Replay, paths: Paths, index: number): number {
  const rank = spatialSizes(graph.values[value]!.shape, affine.axis).length;
  const transposed = affine.terms.find(({ operator }) => operator.kind === 'transposed');
  if (transposed) return 4 * transposed.operator.axes[index]!.stride;
  const windows = affine.terms.map(({ operator }) => {
    const { padBegin, padEnd, stride } = withRank(operator, rank)[index]!;
    return { begin: Math.max(0, padBegin), end: Math.max(0, padEnd), stride };
  });
  const all = [...windows, ...[...paths.values()].map((path) => path[index]!)];
  return Math.max(
    ...all.map(({ begin, end, stride }) => Math.ceil(begin / (stride ?? 1)) + Math.ceil(end / (stride ?? 1)) + 1),
  );
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

/** Windows between each value and the replayed one. */
function tracePaths({ graph, value, affine, absorbed }: Replay): Paths {
  const rank = spatialSizes(graph.values[value]!.shape, affine.axis).length;
  const start: PathAxis = { stride: 1, begin: 0, end: 0 };
  const paths = new Map<ValueId, readonly PathAxis[]>([[value, new Array<PathAxis>(rank).fill(start)]]);
  const order = [...absorbed].sort((a, b) => b - a); // readers before what they read
  for (const id of order) {
    const own = paths.get(id);
    const definition = definitionOn(graph.values[id]!.definitions, affine.axis);
    if (!own || !definition) continue;
    for (const { operator, value: source } of definition.terms) {
      const axes = operator.kind === 'transposed' ? null : withRank(operator, rank);
      const path = own.map((axis, index) => (axes ? extendPath(axis, axes[index]!) : { ...axis, stride: null }));
      const known = paths.get(source);
      paths.set(source, known ? known.map((axis, index) => joinPaths(axis, path[index]!)) : path);
    }
  }
  return paths;
}

function extendPath({ stride, begin, end }: PathAxis, axis: Axis): PathAxis {
  return {
    stride: stride === null ? null : stride * axis.stride,
    begin: begin * axis.stride + Math.max(0, axis.padBegin),
    end: end * axis.stride + Math.max(0, axis.padEnd),
  };
}

function joinPaths(a: PathAxis, b: PathAxis): PathAxis {
  const stride = a.stride === b.stride ? a.stride : null;
  return { stride, begin: Math.max(a.begin, b.begin), end: Math.max(a.end, b.end) };
}
