/** Writes sums of operators as steps: concatenations, parts, products in the cheapest of the ways there are. */
import { composeUnchecked } from '../algebra/compose.ts';
import { withoutCropping } from '../algebra/uncrop.ts';
import { outputSize, pointAxis } from '../axis.ts';
import type { Affine, Dialect, ValueId, WrittenTerm } from '../graph.ts';
import { largestGroups } from '../layout.ts';
import { select } from '../lift/select.ts';
import { dropZero, isPointwise, type Operator, withRank } from '../operator.ts';
import type { Size } from '../size.ts';
import type { LazyArray } from '../weight.ts';
import { channelHull, type OutputPart, restrictChannels, sliceBias, splitByOutputs } from './channels.ts';
import { compareCosts, nominalElements } from './cost.ts';
import { stackInputs } from './stack-inputs.ts';
import type { Ref, Step } from './step.ts';
import { carriesBias, type Frame, stepKind } from './step-kind.ts';
import { productSize, type StepList, type StepSize } from './step-list.ts';

type WrittenAffine = Omit<Affine, 'terms'> & { readonly terms: readonly WrittenTerm[] };

export class AffineWriter {
  private readonly list: StepList;
  private readonly frame: Frame;
  /** Whether a part of groups is being written: it is not divided further. */
  private isBlock = false;

  constructor(list: StepList, frame: Frame) {
    this.list = list;
    this.frame = frame;
  }

  /** Terms whose output channels are disjoint are concatenated, the others added. */
  writeValue({ terms, bias }: WrittenAffine, channels: number): Ref {
    const parts = splitByOutputs(terms, channels);
    const refs = parts.map((part) => this.writeSum(part, sliceBias(bias, part.range)));
    return refs.length === 1 ? refs[0]! : this.writeConcat(refs, channels);
  }

  private writeConcat(inputs: readonly Ref[], width: number): Ref {
    const macs = inputs.length * (this.frame.dialect?.partMacs?.(width) ?? 0);
    return this.list.push({ op: 'concat', inputs }, { width, macs });
  }

  private writeSum({ terms, range }: OutputPart, bias: LazyArray | null): Ref {
    const width = range[1] - range[0];
    const parts = terms.map(({ operator, value, withOnes }) => ({
      input: withOnes ? this.writeOnes(value, operator.inChannels) : { value },
      operator: restrictChannels(operator, range, [0, operator.inChannels]),
    }));
    const ways = [() => this.writeAdded(parts, bias, width)];
    if (parts.length >= LEAST_STACKED && parts.every(({ operator }) => isPointwise(operator)))
      ways.push(() => this.writeStacked(parts, bias));
    return this.writeCheapest(ways);
  }

  private writeStacked(parts: readonly Part[], bias: LazyArray | null): Ref {
    const stacked = stackInputs(parts.map(({ operator }) => operator));
    const inputs = parts.map(({ input }) => input);
    return this.writeOperator(this.writeConcat(inputs, stacked.inChannels), stacked, bias);
  }

  private writeAdded(parts: readonly Part[], bias: LazyArray | null, width: number): Ref {
    const carrier = bias ? this.findCarrier(parts.map(({ operator }) => operator)) : -1;
    const refs = parts.map(({ input, operator }, index) =>
      this.writeOperator(input, operator, index === carrier ? bias : null),
    );
    let sum = refs[0]!;
    for (const ref of refs.slice(1)) sum = this.list.push({ op: 'add', inputs: [sum, ref] }, { width, macs: width });
    return carrier < 0 ? this.writeShift(sum, bias, width) : sum;
  }

  /** The value with a channel of ones behind its own. */
  private writeOnes(value: ValueId, width: number): Ref {
    const positions = nominalElements(this.list.graph.values[value]!.shape) / (width - 1);
    return this.list.push({ op: 'ones', input: { value } }, { width, macs: 0, positions });
  }

  /** The operator that a bias costs least beside: a product, which takes it for nothing, before a scale. */
  private findCarrier(operators: readonly Operator[]): number {
    const kinds = operators.map((operator) => stepKind(operator, this.frame));
    const product = kinds.findIndex((kind) => kind !== 'scale' && carriesBias(kind, this.frame));
    return product >= 0 ? product : kinds.findIndex((kind) => carriesBias(kind, this.frame));
  }

  private writeOperator(input: Ref, operator: Operator, bias: LazyArray | null): Ref {
    const width = operator.outChannels;
    const kind = stepKind(operator, this.frame);
    if (bias && !carriesBias(kind, this.frame))
      return this.writeShift(this.writeOperator(input, operator, null), bias, width);
    const [start, end] = operator.support.length > 0 ? channelHull(operator.support, 'in') : [0, 1]; // of zeros, one is enough
    switch (kind) {
      case 'none':
        return input;
      case 'scale':
        return this.writeScale(input, operator, bias);
      case 'slice':
        return this.list.push({ op: 'slice', input, start, count: width }, { width, macs: 0 });
      case 'window':
        return this.list.push({ op: 'window', input, axes: operator.axes }, { width, macs: 0 });
      default:
        return this.writeProduct(input, { ...operator, bias }, start, end, kind);
    }
  }

  /** Per channel. Whether the shift is zero matters here, so it is read. */
  private writeScale(input: Ref, { outChannels: width, weight: factor }: Operator, bias: LazyArray | null): Ref {
    const shift = dropZero(bias);
    const scale: StepSize = { width, macs: width, stored: storedLength(factor) };
    if (shift === null) return this.list.push({ op: 'scale', input, factor }, scale);
    const isPair = this.frame.dialect?.affineLastsAsTwo === true;
    const ref = this.list.push(
      { op: 'affine', input, factor, shift },
      isPair ? scale : { ...scale, stored: 2 * width },
    );
    if (isPair) this.list.charge({ op: 'shift', input: ref, shift }, { ...scale, stored: storedLength(shift) });
    return ref;
  }

  private writeShift(input: Ref, bias: LazyArray | null, width: number): Ref {
    const shift = dropZero(bias);
    if (shift === null) return input;
    return this.list.push({ op: 'shift', input, shift }, { width, macs: width, stored: storedLength(shift) });
  }

  /** On all channels, or on `start` to `end` alone, which are all that it reads. */
  private writeProduct(input: Ref, operator: Operator, start: number, end: number, op: Product['step']['op']): Ref {
    const { list } = this;
    const { dialect } = this.frame;
    const { step, size } = this.planProduct(input, operator, op);
    if (op === 'conv' && dialect && !holdsPadding(step.operator, list.sizeOf(input, this.frame.axis), dialect))
      return this.writePadded(input, step.operator);
    const slices = dialect?.slicesChannels(this.frame.rank) ?? true;
    const isNarrow = end - start < operator.inChannels && slices;
    const ways = [() => list.push(step, size)];
    if (isNarrow) ways.push(() => this.writeNarrow(input, operator, start, end));
    else if (slices && !this.isBlock && op !== 'transposed') {
      const most = largestGroups(operator);
      for (let blocks = 2; step.groups < most && blocks <= most; blocks++)
        if (most % blocks === 0) ways.push(() => this.writeBlocks(input, operator, blocks));
    }
    return this.writeCheapest(ways);
  }

  /** Writes one way after the other, for as long as each is cheaper than that before it. */
  private writeCheapest(ways: readonly (() => Ref)[]): Ref {
    const { list } = this;
    const [count, before] = [list.steps.length, list.cost];
    let ref = ways[0]!();
    for (let way = 1; way < ways.length; way++) {
      const { cost } = list;
      list.backTo(count, before);
      ref = ways[way]!();
      if (compareCosts(list.cost, cost) < 0) continue;
      list.backTo(count, before);
      return ways[way - 1]!();
    }
    return ref;
  }

  /** Groups that no one product can have: so many parts of them, each on a slice of its own. */
  private writeBlocks(input: Ref, operator: Operator, blocks: number): Ref {
    const { outChannels: width, bias } = operator;
    const count = width / blocks;
    this.isBlock = true;
    const refs = Array.from({ length: blocks }, (_, block) => {
      const own = composeUnchecked(select(width, block * count, count), { ...operator, bias: null });
      return this.writeOperator(input, own, sliceBias(bias, [block * count, (block + 1) * count]));
    });
    this.isBlock = false;
    return this.writeConcat(refs, width);
  }

  /** Zero padding as an operator of its own, and the convolution without it. */
  private writePadded(input: Ref, operator: Operator): Ref {
    const { list } = this;
    const axes = operator.axes.map(({ padBegin, padEnd }) => ({ ...pointAxis, padBegin, padEnd }));
    const inside = list.sizeOf(input, this.frame.axis);
    const padded = inside.map((size, index) => outputSize(axes[index]!, size));
    const { inChannels: width } = operator;
    const positions = (list.elementsOf(input) / width / nominalElements(inside)) * nominalElements(padded);
    const window = list.push({ op: 'window', input, axes }, { width, macs: 0, positions });
    const unpadded = operator.axes.map((axis) => ({ ...axis, padBegin: 0, padEnd: 0 }));
    return this.writeOperator(window, { ...operator, axes: unpadded, bias: null }, operator.bias);
  }

  private writeNarrow(input: Ref, operator: Operator, start: number, end: number): Ref {
    const positions = this.list.elementsOf(input) / operator.inChannels;
    const width = end - start;
    const slice = this.list.push({ op: 'slice', input, start, count: width }, { width, macs: 0, positions });
    const narrow = restrictChannels(operator, [0, operator.outChannels], [start, end]);
    return this.writeOperator(slice, { ...narrow, bias: null }, operator.bias);
  }

  private planProduct(input: Ref, operator: Operator, op: Product['step']['op']): Product {
    const written =
      op === 'conv' ? withoutCropping({ ...operator, axes: withRank(operator, this.frame.rank - 2) }) : operator;
    const most = op === 'dense' ? 1 : largestGroups(written);
    const groups = this.frame.dialect?.groups(written, most) ?? most;
    return { step: { op, input, operator: written, groups }, size: productSize(written, groups) };
  }
}

/** What a sum adds up. */
interface Part {
  readonly input: Ref;
  readonly operator: Operator;
}

/** Sums of fewer terms are not written as one product. */
const LEAST_STACKED = 3;

function holdsPadding(operator: Operator, inputSize: readonly Size[], dialect: Dialect): boolean {
  const isPadded = operator.axes.some(({ padBegin, padEnd }) => padBegin !== 0 || padEnd !== 0);
  return !isPadded || dialect.holdsPadding(operator, inputSize);
}

/** One number stands for all channels. */
function storedLength(perChannel: LazyArray): number {
  return perChannel.constant === undefined ? perChannel.length : 1;
}

interface Product {
  readonly step: Extract<Step, { operator: Operator }>;
  readonly size: StepSize;
}
