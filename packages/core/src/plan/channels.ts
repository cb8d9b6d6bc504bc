/** Operators between parts of their channels, and sums split by the channels they write. */
import type { WrittenTerm } from '../graph.ts';
import { dropZero, type Operator } from '../operator.ts';
import type { Support } from '../support.ts';
import { derivedArray, type LazyArray, readArray } from '../weight.ts';

/** First channel, and one past the last. */
export type ChannelRange = readonly [number, number];

/** The channels that a support touches. */
export function channelHull(support: Support, side: 'in' | 'out'): ChannelRange {
  let start = Number.POSITIVE_INFINITY;
  let end = 0;
  for (const run of support) {
    const first = side === 'in' ? run.inStart : run.outStart;
    start = Math.min(start, first);
    end = Math.max(end, first + run.count * (side === 'in' ? run.inSize : run.outSize));
  }
  return [start, end];
}

/** The operator between channel ranges that hold all of its support. */
export function restrictChannels(operator: Operator, out: ChannelRange, input: ChannelRange): Operator {
  const [outChannels, inChannels] = [out[1] - out[0], input[1] - input[0]];
  if (outChannels === operator.outChannels && inChannels === operator.inChannels) return operator;
  const support = operator.support.map((run) => ({
    ...run,
    outStart: run.outStart - out[0],
    inStart: run.inStart - input[0],
  }));
  return { ...operator, support, outChannels, inChannels };
}

/** Terms that write one range of channels. */
export interface OutputPart {
  readonly range: ChannelRange;
  readonly terms: readonly WrittenTerm[];
}

/** Output ranges that tile the channels, with the terms that write each; one range where they do not tile. */
export function splitByOutputs(terms: readonly WrittenTerm[], channels: number): readonly OutputPart[] {
  const whole: OutputPart = { range: [0, channels], terms };
  if (terms.length === 1) return [whole];
  const hulls = terms.map((term): OutputPart => ({ range: channelHull(term.operator.support, 'out'), terms: [term] }));
  if (hulls.some(({ range }) => range[1] - range[0] === channels)) return [whole];
  const parts: OutputPart[] = [];
  for (const part of hulls.sort((a, b) => a.range[0] - b.range[0])) {
    const last = parts.at(-1);
    if (last && part.range[0] < last.range[1]) parts[parts.length - 1] = join(last, part);
    else parts.push(part);
  }
  const tiles = parts.every((part, index) => part.range[0] === (parts[index - 1]?.range[1] ?? 0));
  return tiles && parts.at(-1)?.range[1] === channels ? parts : [whole];
}

function join(a: OutputPart, b: OutputPart): OutputPart {
  return { range: [a.range[0], Math.max(a.range[1], b.range[1])], terms: [...a.terms, ...b.terms] };
}

/** A bias on part of its channels. */
export function sliceBias(bias: LazyArray | null, [start, end]: ChannelRange): LazyArray | null {
  if (!bias || (start === 0 && end === bias.length)) return bias;
  return dropZero(derivedArray(end - start, [bias], (memo) => readArray(bias, memo).slice(start, end)));
}
