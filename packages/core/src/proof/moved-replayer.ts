/** Replays rewrites that reach across movements: whole tensors, with all of their axes, channel by channel on demand. */
import { channelEvaluator, evaluatedSize } from '../channel-evaluator.ts';
import { ReparamError } from '../errors.ts';
import { type Affine, definitionOn, type Moved, type Term, type ValueId } from '../graph.ts';
import { factorDim, type Movement, movedDims } from '../movement/movement.ts';
import type { Operator } from '../operator.ts';
import { seededRandom } from '../random.ts';
import { type Size, sizeAt } from '../size.ts';
import { absoluteArray, type Memo, readArray } from '../weight.ts';
import type { MakeReplayer, Replayer } from './replayer.ts';
import type { Replay } from './sizes.ts';

/** What symbols stand for; larger than the kernels of most models, so that every border occurs. */
const SYMBOL_SIZES = [12, 13];

const SAMPLES = 2;

/** See `Moved`. */
export const makeMovedReplayer: MakeReplayer = (...given) => new MovedReplayer(...given);

class MovedReplayer implements Replayer {
  private readonly replay: Replay;
  private readonly symbolSize: number;
  private readonly memo: Memo;
  private readonly seed: number;
  private readonly unsigned: boolean;
  private readonly dimsOf = new Map<ValueId, readonly number[]>();
  private readonly channels = new Map<string, Float64Array>();
  private readonly symbols = new Map<string, number>();
  private readonly tensors = new Map<ValueId, Float64Array>();
  private readonly evaluators = new Map<Term, ((channel: number) => Float64Array)[]>();

  constructor(replay: Replay, variant: number, memo: Memo, seed: number, unsigned: boolean) {
    this.replay = replay;
    this.symbolSize = SYMBOL_SIZES[variant]!;
    this.memo = memo;
    this.seed = seed;
    this.unsigned = unsigned;
    this.bindBatch();
    this.bindProducts();
  }

  /** Samples do not meet, so two stand for however many. */
  private bindBatch(): void {
    const shapes = this.replay.graph.values.map(({ shape }) => shape);
    const nameOf = (size: Size) => (typeof size === 'number' ? [] : [size.symbol]);
    const others = new Set(shapes.flatMap((shape) => shape.slice(1).flatMap(nameOf)));
    for (const name of shapes.flatMap((shape) => shape.slice(0, 1).flatMap(nameOf)))
      if (!others.has(name)) this.symbols.set(name, SAMPLES);
  }

  /** A size that movements make of others is what they make of them. */
  private bindProducts(): void {
    const { values } = this.replay.graph;
    for (const { moved, shape } of values) {
      if (!moved || shape.every((size) => typeof size === 'number')) continue;
      const dims = movedDims(moved.movement, this.declaredDims(values[moved.source]!.shape));
      shape.forEach((size, axis) => {
        const isNew =
          typeof size !== 'number' && size.stride === 1 && size.constant === 0 && !this.symbols.has(size.symbol);
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

  channel(value: ValueId, channel: number): Float64Array {
    return this.channelOn(value, this.replay.affine.axis, channel);
  }

  evaluatorOf(affine: Affine): (channel: number) => Float64Array {
    return (channel) => this.sumTerms(affine, channel);
  }

  /** All positions of one channel, the other axes in order. */
  private channelOn(value: ValueId, axis: number, channel: number): Float64Array {
    const key = `${value} ${axis} ${channel}`;
    const known = this.channels.get(key) ?? this.computeChannel(value, axis, channel);
    this.channels.set(key, known);
    return known;
  }

  private computeChannel(value: ValueId, axis: number, channel: number): Float64Array {
    const { moved, definitions } = this.replay.graph.values[value]!;
    if (moved) return this.moveChannel(moved, value, axis, channel);
    const definition = this.replay.absorbed.has(value) ? definitionOn(definitions, axis) : undefined;
    return definition
      ? this.sumTerms(definition, channel)
      : sliceChannel(this.tensor(value), this.dims(value), axis, channel);
  }

  private sumTerms({ axis, terms, bias }: Affine, channel: number): Float64Array {
    const isOnes = (term: Term) => this.replay.graph.values[term.value]!.isOnes === true;
    const [sum, ...parts] = [...terms]
      .sort((a, b) => Number(isOnes(a)) - Number(isOnes(b)))
      .map((term) => ({
        data: this.applyTerm(term, axis, channel),
        isSample: isOnes(term), // one of a batch
      }));
    const total = sum!.data;
    for (const { data, isSample } of parts) {
      const fits = isSample ? data.length > 0 && total.length % data.length === 0 : data.length === total.length;
      if (!fits) return new Float64Array(0); // sizes disagree: never equal to anything
      for (let p = 0; p < total.length; p++) total[p]! += data[p % data.length]!;
    }
    const shift = bias ? readArray(this.unsigned ? absoluteArray(bias) : bias, this.memo)[channel]! : 0;
    return total.map((part) => part + shift);
  }

  /** An operator that acts on channels alone takes all positions at once, another one sample after the other. */
  private applyTerm(term: Term, axis: number, channel: number): Float64Array {
    const evaluators = this.evaluators.get(term) ?? this.makeEvaluators(term, axis);
    this.evaluators.set(term, evaluators);
    const samples = evaluators.map((evaluate) => evaluate(channel).slice());
    if (samples.length === 1) return samples[0]!;
    const all = new Float64Array(samples.reduce((count, { length }) => count + length, 0));
    let start = 0;
    for (const sample of samples) {
      all.set(sample, start);
      start += sample.length;
    }
    return all;
  }

  /** One for each sample, or one for all. What they set up is for all channels. */
  private makeEvaluators({ operator, value }: Term, axis: number): ((channel: number) => Float64Array)[] {
    const weight = this.unsigned ? absoluteArray(operator.weight) : operator.weight;
    const applied: Operator = { ...operator, weight };
    const dims = this.dims(value);
    const read = (input: number) => this.channelOn(value, axis, input);
    const positions = countOf(dims) / dims[axis]!;
    if (operator.axes.length === 0) return [channelEvaluator(applied, [positions], read, this.memo)];
    const size = dims.slice(2);
    const count = countOf(size);
    return Array.from({ length: dims[0]! }, (_, n) =>
      channelEvaluator(applied, size, (input) => read(input).subarray(n * count, (n + 1) * count), this.memo),
    );
  }

  private moveChannel({ source, movement }: Moved, value: ValueId, axis: number, channel: number): Float64Array {
    const dims = this.dims(value);
    const result = new Float64Array(countOf(dims) / dims[axis]!);
    const read = this.sourceReader(source, movement, axis);
    forEachIndex(dims, axis, channel, (index, place) => {
      result[place] = read(index);
    });
    return result;
  }

  /** Reads the moved source at an index of the result: the mean over the factors that are averaged. */
  private sourceReader(source: ValueId, movement: Movement, axis: number): (index: readonly number[]) => number {
    const from = this.dims(source);
    const own = this.axisOf(source, movement, axis);
    const averaged = movement.averaged.map((factor) => ({ ...factor, dim: factorDim(factor, from) }));
    const count = averaged.reduce((product, { dim }) => product * dim, 1);
    const place = new Array<number>(from.length).fill(0);
    return (index) => {
      place.fill(0);
      movement.axes.forEach((factors, at) => {
        let rest = index[at]!;
        for (const factor of [...factors].reverse()) {
          const dim = factorDim(factor, from);
          place[factor.axis]! += (rest % dim) * factor.step;
          rest = Math.floor(rest / dim);
        }
      });
      let sum = 0;
      for (let k = 0; k < count; k++) {
        const at = [...place];
        let rest = k;
        for (const { axis: on, step, dim } of averaged) {
          at[on]! += (rest % dim) * step;
          rest = Math.floor(rest / dim);
        }
        sum += this.channelOn(source, own, at[own]!)[positionOf(at, from, own)]!;
      }
      return sum / count;
    };
  }

  /** The axis of the source to read it on: that which the result's channels come from, if it has a definition there. */
  private axisOf(source: ValueId, movement: Movement, axis: number): number {
    const { definitions } = this.replay.graph.values[source]!;
    const from = movement.axes[axis]!.map((factor) => factor.axis);
    return (
      definitions.find((definition) => from.includes(definition.axis))?.axis ?? definitions[0]?.axis ?? from[0] ?? 0
    );
  }

  /** All elements: random for a source, put together from channels for what is replayed. */
  private tensor(value: ValueId): Float64Array {
    let tensor = this.tensors.get(value);
    if (!tensor) {
      const { definitions, isOnes } = this.replay.graph.values[value]!;
      const dims = this.dims(value);
      tensor = new Float64Array(countOf(dims));
      if (isOnes) tensor.fill(1);
      else if (this.replay.absorbed.has(value)) this.fillFromChannels(tensor, dims, value, definitions[0]!.axis);
      else fillRandom(tensor, this.seed + value * 65_537, this.unsigned);
      this.tensors.set(value, tensor);
    }
    return tensor;
  }

  private fillFromChannels(tensor: Float64Array, dims: readonly number[], value: ValueId, axis: number): void {
    const inner = countOf(dims.slice(axis + 1));
    for (let channel = 0; channel < dims[axis]!; channel++) {
      this.channelOn(value, axis, channel).forEach((element, place) => {
        tensor[(Math.floor(place / inner) * dims[axis]! + channel) * inner + (place % inner)] = element;
      });
    }
  }

  private dims(value: ValueId): readonly number[] {
    const dims = this.dimsOf.get(value) ?? this.computeDims(value);
    if (!dims.every((size) => size >= 0 && Number.isInteger(size)))
      throw new ReparamError('no sizes are known at which this can be proven across a movement', {
        code: 'not-implemented',
        hint: 'declare the sizes of the inputs',
      });
    this.dimsOf.set(value, dims);
    return dims;
  }

  private computeDims(value: ValueId): readonly number[] {
    const { moved, definitions, shape } = this.replay.graph.values[value]!;
    if (moved) return movedDims(moved.movement, this.dims(moved.source));
    const declared = this.declaredDims(shape);
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

function fillRandom(tensor: Float64Array, seed: number, unsigned: boolean): void {
  const random = seededRandom(seed);
  for (let i = 0; i < tensor.length; i++) tensor[i] = unsigned ? Math.abs(random() * 2 - 1) : random() * 2 - 1;
}

function countOf(dims: readonly number[]): number {
  return dims.reduce((product, n) => product * n, 1);
}

/** Place of an index among the positions of one channel. */
function positionOf(index: readonly number[], dims: readonly number[], axis: number): number {
  return dims.reduce((place, dim, at) => (at === axis ? place : place * dim + index[at]!), 0);
}

function sliceChannel(tensor: Float64Array, dims: readonly number[], axis: number, channel: number): Float64Array {
  const inner = countOf(dims.slice(axis + 1));
  const result = new Float64Array(tensor.length / dims[axis]!);
  for (let place = 0; place < result.length; place++)
    result[place] = tensor[(Math.floor(place / inner) * dims[axis]! + channel) * inner + (place % inner)]!;
  return result;
}

/** Every index of one channel, and its place among them. */
function forEachIndex(
  dims: readonly number[],
  axis: number,
  channel: number,
  visit: (index: readonly number[], place: number) => void,
): void {
  const index = dims.map((_, at) => (at === axis ? channel : 0));
  const count = countOf(dims) / dims[axis]!;
  for (let place = 0; place < count; place++) {
    visit(index, place);
    for (let at = dims.length - 1; at >= 0; at--) {
      if (at === axis) continue;
      index[at]!++;
      if (index[at]! < dims[at]!) break;
      index[at] = 0;
    }
  }
}
