/** The operators a made value is written with, named for what they do; adapters give them their framework's names. */
import type { Axis } from '../axis.ts';
import type { ValueId } from '../graph.ts';
import type { Operator } from '../operator.ts';
import type { LazyArray } from '../weight.ts';
import type { Cost } from './cost.ts';

/** A value of the graph, or the result of an earlier step. */
export type Ref = { readonly value: ValueId } | { readonly step: number };

export type Step =
  /** Convolution with bias, dense layer with bias, or transposed convolution; support within `groups` equal parts, padding >= 0. */
  | {
      readonly op: 'conv' | 'dense' | 'transposed';
      readonly input: Ref;
      readonly operator: Operator;
      readonly groups: number;
    }
  /** factor[c] * x[c] */
  | { readonly op: 'scale'; readonly input: Ref; readonly factor: LazyArray }
  /** x[c] + shift[c] */
  | { readonly op: 'shift'; readonly input: Ref; readonly shift: LazyArray }
  /** x[c, p] + map[c, p]; `map` is `[channels, ...size]` */
  | { readonly op: 'map'; readonly input: Ref; readonly map: LazyArray; readonly size: readonly number[] }
  /** factor[c] * x[c] + shift[c] in one operator */
  | { readonly op: 'affine'; readonly input: Ref; readonly factor: LazyArray; readonly shift: LazyArray }
  /** Channels start ... start + count */
  | { readonly op: 'slice'; readonly input: Ref; readonly start: number; readonly count: number }
  /** Zero padding, cropping and striding of spatial axes, kernel 1 */
  | { readonly op: 'window'; readonly input: Ref; readonly axes: readonly Axis[] }
  /** The channels of a map, and one of ones behind them */
  | { readonly op: 'ones'; readonly input: Ref }
  | { readonly op: 'add'; readonly inputs: readonly [Ref, Ref] }
  /** Over channels, in order */
  | { readonly op: 'concat'; readonly inputs: readonly Ref[] };

/** A value written as steps. */
export interface Lowering {
  readonly steps: readonly Step[];
  readonly result: Ref;
  readonly cost: Cost;
}
