/** Replays definitions channel by channel, as far as channels do not mix with positions. */
import { channelEvaluator, evaluatedSize } from '../channel-evaluator.ts';
import { type Affine, definitionOn, spatialSizes, type ValueId } from '../graph.ts';
import { isOnes } from '../ones.ts';
import type { Operator } from '../operator.ts';
import { seededRandom } from '../random.ts';
import { sameShape } from '../size.ts';
import { absoluteArray, type Memo, readArray } from '../weight.ts';
import type { Replayer } from './replayer.ts';
import type { Replay, SizeAssignment } from './sizes.ts';

/** Evaluates channels on demand, so that only what the compared channels need is computed. */
export class ChannelReplayer implements Replayer {
  readonly replay: Replay;
  private readonly sizes: SizeAssignment;
  private readonly memo: Memo;
  private readonly seed: number;
  /** Weights, biases and inputs without their signs: what rounding errors are relative to. */
  private readonly unsigned: boolean;
  private readonly channels = new Map<ValueId, Map<number, Float64Array>>();
  private readonly evaluators = new Map<ValueId, (channel: number) => Float64Array>();
  private readonly sizeOf = new Map<ValueId, readonly number[]>();
  private memory = new Float64Array(0);
  private used = 0;

  constructor(replay: Replay, sizes: SizeAssignment, memo: Memo, seed: number, unsigned = false) {
    this.replay = replay;
    this.sizes = sizes;
    this.memo = memo;
    this.seed = seed;
    this.unsigned = unsigned;
  }

  channel(value: ValueId, channel: number): Float64Array {
    let known = this.channels.get(value);
    if (!known) {
      known = new Map<number, Float64Array>();
      this.channels.set(value, known);
    }
    let result = known.get(channel);
    if (!result) {
      result = isOnes(this.replay.graph, value)
        ? new Float64Array(count(this.size(value))).fill(1)
        : this.replay.absorbed.has(value)
          ? this.definitionEvaluator(value)(channel)
          : this.randomChannel(value, channel);
      known.set(channel, result);
    }
    return result;
  }

  private definitionEvaluator(value: ValueId): (channel: number) => Float64Array {
    let evaluator = this.evaluators.get(value);
    if (!evaluator) {
      evaluator = this.evaluatorOf(this.definition(value));
      this.evaluators.set(value, evaluator);
    }
    return evaluator;
  }

  private definition(value: ValueId): Affine {
    return definitionOn(this.replay.graph.values[value]!.definitions, this.replay.affine.axis)!;
  }

  /** The sum of terms and bias, channel by channel. */
  evaluatorOf(affine: Affine): (channel: number) => Float64Array {
    const take = (length: number) => this.take(length);
    const terms = affine.terms.map(({ operator, value }) => {
      const channel = (input: number) => this.channel(value, input);
      return channelEvaluator(this.replayed(operator), this.size(value), channel, this.memo, take);
    });
    const bias = affine.bias && readArray(this.unsigned ? absoluteArray(affine.bias) : affine.bias, this.memo);
    return (channel) => {
      const parts = terms.map((evaluate) => evaluate(channel));
      const sum = parts[0]!;
      for (const part of parts.slice(1)) {
        if (part.length !== sum.length) return new Float64Array(0); // sizes disagree: never equal to anything
        for (let p = 0; p < sum.length; p++) sum[p]! += part[p]!;
      }
      if (bias) for (let p = 0; p < sum.length; p++) sum[p]! += bias[channel]!;
      return sum;
    };
  }

  /** Channels are small and many: memory of their own for each would take longer than the arithmetic in it. */
  private take(length: number): Float64Array {
    if (this.used + length > this.memory.length) {
      this.memory = new Float64Array(Math.max(length, 2 ** 16));
      this.used = 0;
    }
    this.used += length;
    return this.memory.subarray(this.used - length, this.used);
  }

  private replayed(operator: Operator): Operator {
    return this.unsigned ? { ...operator, weight: absoluteArray(operator.weight) } : operator;
  }

  private size(value: ValueId): readonly number[] {
    let size = this.sizeOf.get(value);
    if (!size) {
      if (isOnes(this.replay.graph, value)) size = this.size(this.equalSize(value));
      else if (this.replay.absorbed.has(value)) {
        const { operator, value: source } = this.definition(value).terms[0]!;
        size = evaluatedSize(operator, this.size(source));
      } else size = this.sizes.get(value) ?? [];
      this.sizeOf.set(value, size);
    }
    return size;
  }

  /** A replayed value that a source of ones goes with: one of the same size. */
  private equalSize(ones: ValueId): ValueId {
    const { graph, absorbed } = this.replay;
    const sizeOf = (id: ValueId) => spatialSizes(graph.values[id]!.shape, 1);
    const candidates = [...this.sizes.keys(), ...absorbed].filter((id) => !isOnes(graph, id));
    return candidates.find((id) => sameShape(sizeOf(id), sizeOf(ones))) ?? this.replay.value;
  }

  private randomChannel(value: ValueId, channel: number): Float64Array {
    const random = seededRandom(this.seed + value * 65_537 + channel);
    const values = this.take(count(this.size(value)));
    for (let p = 0; p < values.length; p++) values[p] = this.unsigned ? Math.abs(random() * 2 - 1) : random() * 2 - 1;
    return values;
  }
}

function count(size: readonly number[]): number {
  return size.reduce((product, n) => product * n, 1);
}
