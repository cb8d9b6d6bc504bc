/**
 * What readers tell of values of which nothing is known: a convolution tells its input's rank, channels and element type. It holds from the value on, not
 * only behind that reader, so graphs are read again with it; else it would depend on the order of the nodes what is known of each.
 */
import type { OnnxGraph } from '../proto/graph.ts';
import type { OnnxNode } from '../proto/node.ts';
import { type Constant, countOf } from './constant.ts';

export interface ExpectedValue {
  readonly rank: number;
  /** Size of axis 1. */
  readonly channels: number;
  /** One of `DataType`; 0 where unknown. */
  readonly type: number;
}

export class ExpectedValues {
  /** Whether something was added since the graphs were read last. */
  grown = false;
  private readonly byGraph = new Map<OnnxGraph, Map<string, ExpectedValue>>();

  of(graph: OnnxGraph): ReadonlyMap<string, ExpectedValue> {
    return this.byGraph.get(graph) ?? new Map();
  }

  add(graph: OnnxGraph, name: string, value: ExpectedValue): void {
    const known = this.byGraph.get(graph) ?? new Map<string, ExpectedValue>();
    if (known.has(name)) return;
    this.byGraph.set(graph, known.set(name, value));
    this.grown = true;
  }
}

const SAME_KIND: ReadonlySet<string> = new Set([
  'BatchNormalization',
  'Clip',
  'Dropout',
  'Identity',
  'LeakyRelu',
  'Neg',
  'Relu',
  'Sigmoid',
  'Tanh',
]);
const ELEMENTWISE: ReadonlySet<string> = new Set(['Add', 'Sub', 'Mul', 'Div']);

/** The input of the same rank, channels and element type as a standard node's first output; undefined where there is none. */
export function inputOfSameKind(
  { opType, inputs }: OnnxNode,
  rank: number,
  constant: (name: string) => Constant | undefined,
): string | undefined {
  if (SAME_KIND.has(opType)) return inputs[0];
  if (!ELEMENTWISE.has(opType)) return undefined;
  const [first, second] = inputs.map((name) => ({ name, dims: constant(name)?.dims }));
  const isScalar = (dims: readonly number[] | undefined) => dims && dims.length < rank && countOf(dims) === 1;
  if (isScalar(second?.dims)) return first!.name;
  return isScalar(first?.dims) ? second!.name : undefined;
}
