/** The cheapest way to write an affine value as steps. */

import { withoutCropping } from '../algebra/uncrop.ts';
import { type Affine, type Graph, spatialSizes, type Term, type ValueId } from '../graph.ts';
import { largestGroups } from '../layout.ts';
import { biasMap, isOnes } from '../ones.ts';
import { dropZero, isIdentity, isPointwise, type Operator, tapCount, withRank } from '../operator.ts';
import type { Size } from '../size.ts';
import { isDiagonal, isFullDiagonal } from '../support.ts';
import { derivedArray, type LazyArray, readArray } from '../weight.ts';
import { channelHull, restrictChannels } from './channels.ts';
import { addCosts, type Cost, compareCosts, noCost, nominalElements } from './cost.ts';
import type { Lowering, Ref, Step } from './step.ts';

/** Writes `value`, whose form is `affine`, as steps and prices them. */
export function lowerAffine(graph: Graph, value: ValueId, affine: Affine): Lowering {
  const { shape } = graph.values[value]!;
  const channels = shape[affine.axis] as number;
  const writer = new Writer(graph, affine.axis, shape.length, nominalElements(shape) / channels, channels);
  const maps = affine.terms.filter((term) => isOnes(graph, term.value));
  const terms = maps.length === 0 ? affine.terms : affine.terms.filter((term) => !maps.includes(term));
  const sum = writer.writeValue(terms, maps.length === 0 ? affine.bias : null);
  const result = maps.length === 0 ? sum : writer.writeMap(sum, maps, affine.bias, spatialSizes(shape, affine.axis));
  return { steps: writer.steps, result, cost: writer.cost };
}

/** Price of one term beside others, for deciding whether terms should merge. */
export function priceTerms(graph: Graph, value: ValueId, axis: number, terms: readonly Term[]): Cost {
  return lowerAffine(graph, value, { axis, terms, bias: null }).cost;
}

type Range = [number, number];

class Writer {
  readonly steps: Step[] = [];
  cost: Cost = noCost;
  private readonly graph: Graph;
  private readonly axis: number;
  private readonly rank: number;
  /** Elements of the output per channel. */
  private readonly positions: number;
  /** Elements that each step writes. */
  private readonly elements: number[] = [];
  private readonly channels: number;

  constructor(graph: Graph, axis: number, rank: number, positions: number, channels: number) {
    this.graph = graph;
    this.axis = axis;
    this.rank = rank;
    this.positions = positions;
    this.channels = channels;
  }

  /** Terms whose output channels are disjoint are concatenated, the others added. */
  writeValue(terms: readonly Term[], bias: LazyArray | null): Ref {
    const parts = splitByOutputs(terms, this.channels);
    const refs = parts.map(({ range, terms: own }) => this.writeSum(own, range, sliceOf(bias, range)));
    return refs.length === 1 ? refs[0]! : this.push({ op: 'concat', inputs: refs }, this.channels, 0);
  }

  /** A bias that differs from position to position. */
  writeMap(input: Ref, maps: readonly Term[], bias: LazyArray | null, size: readonly Size[]): Ref {
    const whole = size.map((n) => (typeof n === 'number' ? n : 0)); // a map of symbolic size is priced, but never written
    const map = biasMap(this.graph, maps, bias, this.channels, whole);
    const stored = this.channels * nominalElements(size);
    return this.push({ op: 'map', input, map, size: whole }, this.channels, this.channels, stored);
  }

  private writeSum(terms: readonly Term[], range: Range, bias: LazyArray | null): Ref {
    const width = range[1] - range[0];
    const parts = terms.map((term) => ({ ...term, operator: restrictOutputs(term.operator, range) }));
    const carrier = bias ? parts.findIndex((part) => this.carriesBias(part.operator)) : -1;
    const refs = parts.map((part, index) => this.writeTerm(part, index === carrier ? bias : null));
    let sum = refs[0]!;
    for (const ref of refs.slice(1)) sum = this.push({ op: 'add', inputs: [sum, ref] }, width, width);
    return bias && carrier < 0 ? this.push({ op: 'shift', input: sum, shift: bias }, width, width, bias.length) : sum;
  }

  /** A bias costs nothing in a convolution, in a matrix product of rank 2, and beside a per-channel factor on axis 1. */
  private carriesBias(operator: Operator): boolean {
    const kind = this.kindOf(operator);
    if (kind === 'conv' || kind === 'transposed') return true;
    return kind === 'dense' ? this.rank === 2 : kind === 'scale' && this.axis === 1;
  }

  private kindOf(operator: Operator): 'none' | 'scale' | 'slice' | 'window' | 'conv' | 'dense' | 'transposed' {
    if (operator.kind === 'transposed') return 'transposed';
    const moves = isDiagonal(operator.support) && operator.weight.constant === 1;
    if (isPointwise(operator)) {
      if (isIdentity(operator)) return 'none';
      if (isFullDiagonal(operator.support, operator.outChannels, operator.inChannels)) return 'scale';
      if (moves && operator.support.length === 1 && operator.support[0]!.count === operator.outChannels) return 'slice';
    }
    const full = isFullDiagonal(operator.support, operator.outChannels, operator.inChannels);
    if (moves && full && operator.axes.every((axis) => axis.kernel === 1)) return 'window';
    return this.axis === 1 && this.rank > 2 ? 'conv' : 'dense';
  }

  /** `bias` only where the operator carries it. */
  private writeTerm({ operator, value }: Term, bias: LazyArray | null): Ref {
    return this.writeOperator({ value }, operator, bias);
  }

  private writeOperator(input: Ref, operator: Operator, bias: LazyArray | null): Ref {
    const width = operator.outChannels;
    if (bias && !this.carriesBias(operator)) {
      const unbiased = this.writeOperator(input, operator, null);
      return this.push({ op: 'shift', input: unbiased, shift: bias }, width, width, bias.length);
    }
    const kind = this.kindOf(operator);
    if (kind === 'none') return input;
    if (kind === 'scale') return this.writeScale(input, operator, bias);
    const [start, end] = channelHull(operator.support, 'in');
    if (kind === 'slice') return this.push({ op: 'slice', input, start, count: width }, width, 0);
    if (kind === 'window') return this.push({ op: 'window', input, axes: operator.axes }, width, 0);
    const whole = this.planProduct(input, { ...operator, bias });
    if (end - start === operator.inChannels) return this.pushProduct(whole);
    const before = { cost: this.cost, steps: this.steps.length };
    const result = this.writeNarrow(input, { ...operator, bias }, start, end);
    if (compareCosts(this.cost, addCosts(before.cost, whole.cost)) < 0) return result;
    this.cost = before.cost;
    this.steps.length = before.steps;
    return this.pushProduct(whole);
  }

  /** The operator on the channels `start` to `end` alone, which are all that it reads. */
  private writeNarrow(input: Ref, operator: Operator, start: number, end: number): Ref {
    const positions = this.elementsOf(input) / operator.inChannels;
    const slice = this.push({ op: 'slice', input, start, count: end - start }, end - start, 0, 0, positions);
    const narrow = restrictChannels(operator, [0, operator.outChannels], [start, end]);
    return this.writeOperator(slice, { ...narrow, bias: null }, operator.bias);
  }

  private writeScale(input: Ref, operator: Operator, bias: LazyArray | null): Ref {
    const width = operator.outChannels;
    const factor = operator.weight;
    if (bias === null) return this.push({ op: 'scale', input, factor }, width, width, width);
    return this.push({ op: 'affine', input, factor, shift: bias }, width, width, 2 * width);
  }

  private planProduct(input: Ref, operator: Operator): Product {
    const op = operator.kind === 'transposed' ? 'transposed' : this.axis === 1 && this.rank > 2 ? 'conv' : 'dense';
    const written =
      op === 'conv' ? withoutCropping({ ...operator, axes: withRank(operator, this.rank - 2) }) : operator;
    const groups = op === 'dense' ? 1 : largestGroups(written);
    const perOutput = (written.inChannels / groups) * tapCount(written.axes);
    const step = { op, input, operator: written, groups } as const;
    const stored = written.weight.constant === undefined ? written.outChannels * perOutput : 0;
    const macs = written.outChannels * perOutput * this.transposedShare(written);
    return { step, macs, cost: this.costOf(step, written.outChannels, macs, stored) };
  }

  /** A transposed convolution multiplies per input position, of which there are fewer. */
  private transposedShare(operator: Operator): number {
    return operator.kind === 'transposed' ? 1 / operator.axes.reduce((product, axis) => product * axis.stride, 1) : 1;
  }

  private pushProduct({ step, macs }: Product): Ref {
    const { operator } = step;
    const stored =
      operator.weight.constant === undefined
        ? (operator.outChannels * operator.inChannels * tapCount(operator.axes)) / step.groups
        : 0;
    return this.push(step, operator.outChannels, macs, stored);
  }

  private push(
    step: Step,
    width: number,
    macsPerPosition: number,
    stored = 0,
    positions: number = this.positions,
  ): Ref {
    this.cost = addCosts(this.cost, this.costOf(step, width, macsPerPosition, stored, positions));
    this.elements[this.steps.length] = width * positions;
    this.steps.push(step);
    return { step: this.steps.length - 1 };
  }

  private costOf(
    step: Step,
    width: number,
    macsPerPosition: number,
    stored: number,
    positions: number = this.positions,
  ): Cost {
    const written = width * positions;
    const refs: readonly Ref[] = 'inputs' in step ? step.inputs : [step.input];
    const moves = step.op === 'slice' || step.op === 'window' || step.op === 'concat'; // they read what they write
    const read = moves ? written : refs.reduce((total, ref) => total + this.elementsOf(ref), 0);
    return { macs: Math.round(macsPerPosition * positions), bytes: 4 * (read + stored + written), operators: 1 };
  }

  private elementsOf(ref: Ref): number {
    return 'value' in ref ? nominalElements(this.graph.values[ref.value]!.shape) : this.elements[ref.step]!;
  }
}

interface Product {
  readonly step: Extract<Step, { operator: Operator }>;
  readonly macs: number;
  readonly cost: Cost;
}

function restrictOutputs(operator: Operator, range: Range): Operator {
  return restrictChannels(operator, range, [0, operator.inChannels]);
}

/** Output ranges that tile the channels, with the terms that write each; one range where they do not tile. */
function splitByOutputs(terms: readonly Term[], channels: number): { range: Range; terms: Term[] }[] {
  const sorted = terms
    .map((term) => ({ range: channelHull(term.operator.support, 'out'), terms: [term] }))
    .sort((a, b) => a.range[0] - b.range[0]);
  const parts: { range: Range; terms: Term[] }[] = [];
  for (const part of sorted) {
    const last = parts.at(-1);
    if (last && part.range[0] < last.range[1]) {
      last.range = [last.range[0], Math.max(last.range[1], part.range[1])];
      last.terms.push(...part.terms);
    } else parts.push({ range: part.range, terms: [...part.terms] });
  }
  const tiles = parts.every((part, index) => part.range[0] === (parts[index - 1]?.range[1] ?? 0));
  if (tiles && parts.at(-1)?.range[1] === channels) return parts;
  return [{ range: [0, channels], terms: [...terms] }];
}

function sliceOf(bias: LazyArray | null, [start, end]: Range): LazyArray | null {
  if (!bias || (start === 0 && end === bias.length)) return bias;
  return dropZero(derivedArray(end - start, [bias], (memo) => readArray(bias, memo).slice(start, end)));
}
