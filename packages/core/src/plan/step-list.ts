/** Steps as they are written one after the other, and what they cost together. */
import { type Graph, spatialSizes } from '../graph.ts';
import { type Operator, tapCount } from '../operator.ts';
import type { Size } from '../size.ts';
import { addCosts, type Cost, noCost, nominalElements } from './cost.ts';
import type { Ref, Step } from './step.ts';

/** Channels that a step writes, and its price per position of the output. */
export interface StepSize {
  readonly width: number;
  /** Multiply-adds. */
  readonly macs: number;
  /** Numbers it stores. */
  readonly stored?: number;
  /** Where the step has other positions than the value it is written for. */
  readonly positions?: number;
}

const MOVES: ReadonlySet<Step['op']> = new Set(['slice', 'window', 'ones', 'concat']);

export class StepList {
  readonly steps: Step[] = [];
  cost: Cost = noCost;
  readonly graph: Graph;
  /** Elements of the output per channel. */
  private readonly positions: number;
  /** Elements that each step writes. */
  private readonly elements: number[] = [];

  constructor(graph: Graph, positions: number) {
    this.graph = graph;
    this.positions = positions;
  }

  push(step: Step, size: StepSize): Ref {
    this.charge(step, size);
    this.elements[this.steps.length] = size.width * (size.positions ?? this.positions);
    this.steps.push(step);
    return { step: this.steps.length - 1 };
  }

  /** Adds the price of a step that is not written. */
  charge(step: Step, size: StepSize): void {
    this.cost = addCosts(this.cost, this.costOf(step, size));
  }

  private costOf(step: Step, { width, macs, stored = 0, positions = this.positions }: StepSize): Cost {
    const written = width * positions;
    const refs: readonly Ref[] = 'inputs' in step ? step.inputs : [step.input];
    const moves = MOVES.has(step.op); // they read what they write
    const read = moves ? written : refs.reduce((total, ref) => total + this.elementsOf(ref), 0);
    return { macs: Math.round(macs * positions), bytes: 4 * (read + stored + written), operators: 1 };
  }

  elementsOf(ref: Ref): number {
    return 'value' in ref ? nominalElements(this.graph.values[ref.value]!.shape) : this.elements[ref.step]!;
  }

  /** Spatial size of a value; of a step, that of what it reads: only padding changes it, and nothing pads what is padded. */
  sizeOf(ref: Ref, axis: number): readonly Size[] {
    if ('value' in ref) return spatialSizes(this.graph.values[ref.value]!.shape, axis);
    const step = this.steps[ref.step]!;
    return 'input' in step ? this.sizeOf(step.input, axis) : [];
  }

  /** Takes back all that came after so many steps, which had cost so much. */
  backTo(count: number, cost: Cost): void {
    this.steps.length = count;
    this.cost = cost;
  }
}

/** Size of a convolution or matrix product. A transposed convolution multiplies per input position, of which there are fewer. */
export function productSize({ kind, axes, outChannels, inChannels, weight }: Operator, groups: number): StepSize {
  const count = (outChannels * inChannels * tapCount(axes)) / groups;
  const stride = axes.reduce((product, axis) => product * axis.stride, 1);
  const macs = kind === 'transposed' ? count / stride : count;
  return { width: outChannels, macs, stored: weight.constant === undefined ? count : 0 };
}
