/** Operators between parts of their channels. */
import type { Operator } from '../operator.ts';
import type { Support } from '../support.ts';

/** First channel and one past the last that a support touches. */
export function channelHull(support: Support, side: 'in' | 'out'): [number, number] {
  const starts = support.map((run) => (side === 'in' ? run.inStart : run.outStart));
  const ends = support.map((run, index) => starts[index]! + run.count * (side === 'in' ? run.inSize : run.outSize));
  return [Math.min(...starts), Math.max(...ends)];
}

/** The operator between channel ranges that hold all of its support. */
export function restrictChannels(operator: Operator, out: [number, number], input: [number, number]): Operator {
  const support = operator.support.map((run) => ({
    ...run,
    outStart: run.outStart - out[0],
    inStart: run.inStart - input[0],
  }));
  return { ...operator, support, outChannels: out[1] - out[0], inChannels: input[1] - input[0] };
}
