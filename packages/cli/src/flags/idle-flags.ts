/** Flags that would be heard by nobody: one that is ignored in silence is taken for one that did something. */

import { ReparamError } from '@reparam/onnx';
import type { RunFlags } from './run-flags.ts';

/** Throws a ReparamError for the first of `names` that is given, where nothing runs models; `needed` are flags that do. */
export function refuseIdle(flags: RunFlags, names: readonly (keyof RunFlags)[], needed: string): void {
  const idle = names.find((name) => flags[name] !== undefined);
  if (idle === undefined) return;
  throw new ReparamError(`--${idle} is given, and no model is run.`, { code: 'usage', hint: `Add ${needed}.` });
}
