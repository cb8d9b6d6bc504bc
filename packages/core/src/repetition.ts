/** Forms that make nothing new. */
import type { Affine } from './graph.ts';
import { isIdentity } from './operator.ts';

/** Whether a form only repeats the one value that it reads. */
export function isRepetition({ terms, bias }: Affine): boolean {
  return terms.length === 1 && bias === null && isIdentity(terms[0]!.operator);
}
