/** Dims of all values at which a rewrite that reaches across movements is replayed. */
import { outputSize } from '../axis.ts';
import { evaluatedSize } from '../channel-evaluator.ts';
import { ReparamError } from '../errors.ts';
import { definitionOn, type ValueId } from '../graph.ts';
import { movedDims } from '../movement/movement.ts';
import { type Size, sizeAt } from '../size.ts';
import { replayedValues } from './shrink-replay.ts';
import type { Replay } from './sizes.ts';

/** The least that symbols stand for; larger than the kernels of most models, so that every border occurs. */
const LEAST_SIZE = 12;

/** Of one channel, where the size is chosen. */
const MOST_POSITIONS = 2 ** 12;

/** Positions that are left where a symbol was divided. */
const LEFT = 4;

const SAMPLES = 2;

export class MovedSizes {
  private readonly replay: Replay;
  private readonly symbolSize: number;
  private readonly known = new Map<ValueId, readonly number[]>();
  private readonly symbols = new Map<string, number>();

  constructor(replay: Replay, variant: number) {
    this.replay = replay;
    this.symbolSize = symbolSize(replay, variant);
    this.bindBatch();
    this.bindGrown();
    this.bindProducts();
  }

  /** @throws ReparamError where no sizes fit each other. */
  dims(value: ValueId): readonly number[] {
    const dims = this.known.get(value) ?? this.computeDims(value);
    if (!dims.every((size) => size >= 0 && Number.isInteger(size)))
      throw new ReparamError('no sizes are known at which this can be proven across a movement', {
        code: 'not-implemented',
        hint: 'declare the sizes of the inputs',
      });
    this.known.set(value, dims);
    return dims;
  }

  /** Samples do not meet, so two stand for however many. */
  private bindBatch(): void {
    const [batches, others] = [new Set<string>(), new Set<string>()];
    for (const { shape } of this.replay.graph.values)
      for (const [axis, size] of shape.entries())
        if (typeof size !== 'number') (axis === 0 ? batches : others).add(size.symbol);
    for (const name of batches) if (!others.has(name)) this.symbols.set(name, SAMPLES);
  }

  /** A transposed window gives a known size of one free size alone: that which the window would give of it, were it not transposed. */
  private bindGrown(): void {
    const { graph, absorbed } = this.replay;
    for (const id of [...absorbed].sort((a, b) => b - a)) {
      const { shape, definitions } = graph.values[id]!; // after what reads it
      for (const { operator, value } of definitionOn(definitions, 1)?.terms ?? []) {
        if (operator.kind === 'conv') continue;
        for (const [index, axis] of operator.axes.entries()) {
          const [free, grown] = [graph.values[value]!.shape[index + 2]!, shape[index + 2]!];
          const known = typeof grown === 'number' ? 0 : this.symbols.get(grown.symbol);
          if (typeof free === 'number' || known === undefined) continue;
          this.symbols.set(free.symbol, sizeAt(outputSize(axis, grown), known) * free.stride - free.constant);
        }
      }
    }
  }

  /** A size that movements make of others is what they make of them. */
  private bindProducts(): void {
    const { values } = this.replay.graph;
    for (const { moved, shape } of values) {
      if (!moved || shape.every((size) => typeof size === 'number')) continue;
      const dims = movedDims(moved.movement, this.declaredDims(values[moved.source]!.shape));
      shape.forEach((size, axis) => {
        const isNew =
          !moved.movement.sampled &&
          typeof size !== 'number' &&
          size.stride === 1 &&
          size.constant === 0 &&
          !this.symbols.has(size.symbol);
        if (isNew) this.symbols.set(size.symbol, dims[axis]!);
      });
    }
  }

  private declaredDims(shape: readonly Size[]): number[] {
    return shape.map((size) => {
      const symbol = typeof size === 'number' ? 0 : (this.symbols.get(size.symbol) ?? this.symbolSize);
      return Math.max(1, sizeAt(size, symbol));
    });
  }

  private computeDims(value: ValueId): readonly number[] {
    const { moved, definitions, shape } = this.replay.graph.values[value]!;
    const declared = this.declaredDims(shape);
    if (moved) {
      const { sampled } = moved.movement;
      const dims = movedDims(moved.movement, this.dims(moved.source));
      return dims.map((size, axis) => (sampled?.axes.includes(axis) ? declared[axis]! : size));
    }
    const [definition] = this.replay.absorbed.has(value) ? definitions : [];
    const term = definition?.terms.find((own) => !this.replay.graph.values[own.value]!.isOnes);
    if (!definition || !term) return declared;
    const from = this.dims(term.value);
    const spatial = definition.axis === 1 ? evaluatedSize(term.operator, from.slice(2)) : from.slice(2);
    const dims = [...from.slice(0, 2), ...spatial];
    dims[definition.axis] = term.operator.outChannels;
    return dims;
  }
}

/**
 * As many positions as leave some behind all strides, if the finest map has not too many of them then; in the second variant one more, or
 * the last residue of the strides.
 */
function symbolSize(replay: Replay, variant: number): number {
  const shapes = [...replayedValues(replay)].map((id) => replay.graph.values[id]!.shape);
  const strides = shapes.flat().flatMap((size) => (typeof size === 'number' ? [] : [size.stride]));
  const [finest, coarsest] = [Math.min(...strides), Math.max(1, ...strides)];
  const spatialRank = Math.max(1, ...shapes.map((shape) => shape.length - 2));
  const most = finest * Math.floor(MOST_POSITIONS ** (1 / spatialRank));
  return Math.max(LEAST_SIZE, Math.min(LEFT * coarsest, most)) + variant * Math.max(1, coarsest - 1);
}
