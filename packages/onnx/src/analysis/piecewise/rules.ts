/** Operators as they act on piecewise affine maps: those that move data, and those that reckon with whole numbers. */
import type { OnnxNode } from '../../proto/node.ts';
import type { Scope } from '../scope.ts';
import type { LeastSize } from './bounds.ts';
import type { Form } from './form.ts';
import type { Piecewise } from './piecewise.ts';

/** What rules are given. */
export interface Reader {
  readonly scope: Scope;
  readonly least: LeastSize;
  /** null where the value is no such map. */
  read(name: string | undefined): Piecewise | null;
  /** Entries of a list or a scalar of whole numbers. */
  entries(name: string | undefined): readonly Form[] | null;
}

/** The map of each output; null where it is none. */
export type Rule = (node: OnnxNode, reader: Reader) => Piecewise | readonly Piecewise[] | null;

export type Rules = Readonly<Record<string, Rule>>;
