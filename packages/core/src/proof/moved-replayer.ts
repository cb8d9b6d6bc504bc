/** Replays rewrites that reach across movements: whole tensors, with all of their axes, channel by channel on demand. */
import { channelEvaluator } from '../channel-evaluator.ts';
import { type Affine, definitionOn, type Moved, type Term, type ValueId } from '../graph.ts';
import type { Movement } from '../movement/movement.ts';
import type { Operator } from '../operator.ts';
import { seededRandom } from '../random.ts';
import { absoluteArray, type Memo, readArray } from '../weight.ts';
import { movedReader } from './moved-reader.ts';
import { MovedSizes } from './moved-sizes.ts';
import type { ListReplayers, Replayer } from './replayer.ts';
import { hasFreeSizes, shrinkReplay } from './shrink-replay.ts';
import type { Replay } from './sizes.ts';
import { countOf, joinChannels, sliceChannel } from './tensor-channels.ts';

/** See `Moved`. */
export const listMovedReplayers: ListReplayers = (replay, memo, seed) => {
  const small = shrinkReplay(replay);
  const variants = hasFreeSizes(small) ? [0, 1] : [0];
  return variants.map((variant) => (unsigned) => new MovedReplayer(small, variant, memo, seed, unsigned));
};

class MovedReplayer implements Replayer {
  private readonly replay: Replay;
  private readonly sizes: MovedSizes;
  private readonly memo: Memo;
  private readonly seed: number;
  private readonly unsigned: boolean;
  private readonly channels = new Map<string, Float64Array>();
  private readonly tensors = new Map<ValueId, Float64Array>();
  private readonly readers = new Map<string, (channel: number) => Float64Array>();
  private readonly evaluators = new Map<Term, ((channel: number) => Float64Array)[]>();

  constructor(replay: Replay, variant: number, memo: Memo, seed: number, unsigned: boolean) {
    this.replay = replay;
    this.sizes = new MovedSizes(replay, variant);
    this.memo = memo;
    this.seed = seed;
    this.unsigned = unsigned;
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
      : sliceChannel(this.tensor(value), this.sizes.dims(value), axis, channel);
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
    const dims = this.sizes.dims(value);
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
    const key = `${value} ${axis}`;
    let read = this.readers.get(key);
    if (!read) {
      const own = this.axisOf(source, movement, axis);
      const channels = (input: number) => this.channelOn(source, own, input);
      const from = { dims: this.sizes.dims(source), axis: own, channel: channels };
      read = movedReader(movement, this.sizes.dims(value), axis, from);
      this.readers.set(key, read);
    }
    return read(channel);
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
      tensor = this.makeTensor(value);
      this.tensors.set(value, tensor);
    }
    return tensor;
  }

  private makeTensor(value: ValueId): Float64Array {
    const { definitions, isOnes } = this.replay.graph.values[value]!;
    const dims = this.sizes.dims(value);
    if (isOnes) return new Float64Array(countOf(dims)).fill(1);
    if (!this.replay.absorbed.has(value)) return randomTensor(countOf(dims), this.seed + value * 65_537, this.unsigned);
    const { axis } = definitions[0]!;
    return joinChannels(dims, axis, (channel) => this.channelOn(value, axis, channel));
  }
}

function randomTensor(count: number, seed: number, unsigned: boolean): Float64Array {
  const random = seededRandom(seed);
  const tensor = new Float64Array(count);
  for (let place = 0; place < count; place++) tensor[place] = random() * 2 - 1;
  return unsigned ? tensor.map(Math.abs) : tensor;
}
