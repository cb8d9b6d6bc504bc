/** `reparam expand`: layers become trainable multi-branch blocks that compute the same. */

import { ReparamError } from '@reparam/onnx';
import type { BlockKind } from '@reparam/onnx/expand';
import { expandModel } from '@reparam/onnx/expand';
import { expandFile } from '@reparam/onnx/node';
import { refuseIdle } from '../flags/idle-flags.ts';
import type { Io } from '../io.ts';
import { type RewriteFlags, rewrite, toLayerOptions } from '../rewrite-job.ts';

export interface ExpandFlags extends RewriteFlags {
  readonly block: BlockKind;
  readonly rank?: number;
  readonly scale?: number;
}

/** Exit code 2: the written model differs (`--verify`). */
export async function expand(input: string, output: string | undefined, flags: ExpandFlags, io: Io): Promise<number> {
  if (!flags.verify) refuseIdle(flags, ['range', 'input', 'tolerance', 'samples'], '--verify');
  const { block, rank, scale } = flags;
  if (rank !== undefined && block !== 'low-rank')
    throw new ReparamError(`--rank is given, and the block is "${block}", which has none.`, {
      code: 'usage',
      hint: 'Leave it out, or choose --block low-rank.',
    });
  const options = {
    ...toLayerOptions(flags),
    block,
    ...(rank !== undefined && { rank }),
    ...(scale !== undefined && { scale }),
  };
  return rewrite({ command: 'expand', input, output, suffix: '.expanded.onnx' }, flags, io, {
    ofFile: (source, target, common) => expandFile(source, target, { ...options, ...common }),
    ofBytes: (bytes, common) => expandModel(bytes, { ...options, ...common }),
  });
}
