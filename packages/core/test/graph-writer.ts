/** Values of a graph under way: one per node, with the affine forms it has. */
import {
  type Affine,
  dropZero,
  type Graph,
  listOnes,
  type Operator,
  outputSize,
  type Size,
  type SymbolicSize,
  symbol,
  type Value,
  type ValueId,
} from '../src/index.ts';
import { withRank } from '../src/operator.ts';

export class GraphWriter {
  appendOnes: Graph['appendOnes'];
  readonly values: Value[] = [];
  private nextSeed: number;

  constructor(seed = 1) {
    this.nextSeed = seed;
  }

  /** A graph input; a name stands for a size that is known only at run time. */
  input(...shape: (number | string)[]): ValueId {
    return this.source(
      'graph input',
      shape.map((size) => (typeof size === 'string' ? symbol(size) : size)),
    );
  }

  /** The output of something that is not linear. */
  source(origin: string, shape: readonly Size[]): ValueId {
    return this.push(origin, shape, []);
  }

  /** Something beside affine values reads it, as a graph output is. */
  keep(x: ValueId): ValueId {
    this.values[x] = { ...this.values[x]!, kept: true };
    return x;
  }

  /** Any operator on channel axis `axis`. */
  apply(origin: string, x: ValueId, operator: Operator, axis = 1): ValueId {
    const shape = this.shapeOf(x);
    const sized = axis === 1 ? this.outputShape(operator, shape) : shape;
    const result = sized.map((size, index) => (index === axis ? operator.outChannels : size));
    return this.push(origin, result, [affineOf(axis, x, operator)]);
  }

  shapeOf(x: ValueId): readonly Size[] {
    return this.values[x]!.shape;
  }

  /** A source of ones as large as x. */
  protected onesOf(x: ValueId): ValueId {
    const [ones] = listOnes([this.shapeOf(x)]);
    return this.values.push(ones!) - 1;
  }

  private listMissingOnes(): Value[] {
    const present = new Set(this.values.filter((value) => value.isOnes).map((value) => value.name));
    return listOnes(this.values.map((value) => value.shape)).filter((value) => !present.has(value.name));
  }

  build(): Graph {
    return { values: [...this.values, ...this.listMissingOnes()], appendOnes: this.appendOnes };
  }

  private outputShape(operator: Operator, shape: readonly Size[]): Size[] {
    const spatial = shape.slice(2);
    const axes = withRank(operator, spatial.length);
    const sizes = spatial.map((size, index) => {
      const axis = axes[index]!;
      if (operator.kind === 'conv') return outputSize(axis, size);
      if (typeof size !== 'number') return symbol(`T${this.values.length}_${index}`) as SymbolicSize;
      return axis.stride * (size - 1) + axis.dilation * (axis.kernel - 1) + 1 - axis.padBegin - axis.padEnd;
    });
    return [shape[0]!, operator.outChannels, ...sizes];
  }

  protected elementwise(
    origin: string,
    x: ValueId,
    axis: number,
    everywhere: boolean,
    make: (channels: number) => Operator,
  ): ValueId {
    const shape = this.shapeOf(x);
    const axes = everywhere ? channelAxes(shape) : [axis];
    return this.push(
      origin,
      shape,
      axes.map((channelAxis) => affineOf(channelAxis, x, make(shape[channelAxis] as number))),
    );
  }

  protected push(origin: string, shape: readonly Size[], definitions: readonly Affine[]): ValueId {
    const name = `${origin}${this.values.length}`;
    this.values.push({ name, shape, definitions, kept: false, origin });
    return this.values.length - 1;
  }

  protected seed(): number {
    this.nextSeed += 101;
    return this.nextSeed;
  }
}

function affineOf(axis: number, value: ValueId, operator: Operator): Affine {
  return { axis, terms: [{ operator: { ...operator, bias: null }, value }], bias: dropZero(operator.bias) };
}

/** As adapters do: the second axis and the last, where their size is known. */
export function channelAxes(shape: readonly Size[]): number[] {
  return [...new Set([1, shape.length - 1])].filter((axis) => typeof shape[axis] === 'number');
}
