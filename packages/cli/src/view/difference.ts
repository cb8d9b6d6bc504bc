/** How two models differ, in one line. */

import type { VerifyFailure } from '@reparam/onnx/verify';
import { formatError } from './quantity.ts';

export function explainDifference({ message, firstDivergent }: VerifyFailure): string {
  if (!firstDivergent) return message;
  const { name, operators, maxRelative } = firstDivergent;
  const by = maxRelative === null ? '' : `, by ${formatError(maxRelative)} of its largest magnitude`;
  const [first, second] = operators;
  const made = first === second ? first : `${first}, then ${second}`;
  return `${message} The first value that differs is "${name}" (${made})${by}.`;
}
