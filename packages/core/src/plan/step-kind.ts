/** Which kind of step an operator is written with, its bias aside. */
import type { Dialect } from '../graph.ts';
import { isIdentity, isPointwise, type Operator } from '../operator.ts';
import { isDiagonal, isFullDiagonal } from '../support.ts';

/** Where a value's channels lie. */
export interface Frame {
  readonly axis: number;
  readonly rank: number;
  readonly dialect?: Dialect | undefined;
}

export type StepKind = 'none' | 'scale' | 'slice' | 'window' | 'conv' | 'dense' | 'transposed';

export function stepKind(operator: Operator, { axis, rank, dialect }: Frame): StepKind {
  const { kind, support, outChannels, inChannels, weight } = operator;
  if (kind === 'transposed') return 'transposed';
  const isFull = isFullDiagonal(support, outChannels, inChannels);
  const moves = weight.constant === 1 && isDiagonal(support);
  if (isPointwise(operator)) {
    if (isIdentity(operator)) return 'none';
    if (isFull) return 'scale';
    const slices = dialect?.slicesChannels(rank) ?? true;
    if (slices && moves && support.length === 1 && support[0]!.count === outChannels) return 'slice';
  }
  if (moves && isFull && operator.axes.every(({ kernel }) => kernel === 1)) return 'window';
  return axis === 1 && rank > 2 ? 'conv' : 'dense';
}

/** A bias costs nothing in a convolution, in a matrix product of rank 2, and beside a per-channel factor on axis 1. */
export function carriesBias(kind: StepKind, { axis, rank, dialect }: Frame): boolean {
  if (kind === 'none' || kind === 'slice' || kind === 'window') return false;
  if (dialect) return dialect.holdsBias(kind, rank);
  if (kind === 'conv' || kind === 'transposed') return true;
  return kind === 'dense' ? rank === 2 : axis === 1;
}
