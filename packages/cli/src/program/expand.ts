/** Flags and help of `reparam expand`. */

import type { BlockKind } from '@reparam/onnx/expand';
import { type Command, Option } from 'commander';
import type { ExpandFlags } from '../commands/expand.ts';
import { numberFrom, wholeNumber } from '../flags/numbers.ts';
import { addRewriteFlags } from '../flags/rewrite-flags.ts';
import type { Io } from '../io.ts';
import type { Run } from '../program.ts';

const AFTER = `
Blocks (each branch but that of low-rank with its own BatchNormalization; main absorbs what the others add):
  repvgg     k x k, 1 x 1, and the input itself where size and channels stay
  acnet      k x k, and one line along each axis: 1 x k, k x 1
  dilated    a large kernel, and small dilated ones inside it, as UniRepLKNet
  low-rank   the layer, and a product of two thin ones, as LoRA; also beside Gemm and MatMul

The new model computes the same, proven in float64, and is to be trained on; reparam convert makes one
convolution of each block again. It is written beside the input, as model.expanded.onnx.

Examples:
  $ reparam expand model.onnx --block repvgg --verify
  $ reparam expand model.onnx train.onnx --block dilated --only "/stage3/*"
  $ reparam expand model.onnx --block low-rank --rank 8 --scale 0      begins as LoRA does, weights as they are`;

export function defineExpand(program: Command, io: Io, run: Run): void {
  const blocks: readonly BlockKind[] = ['repvgg', 'acnet', 'dilated', 'low-rank'];
  const command = program
    .command('expand')
    .summary('turn layers into trainable multi-branch blocks')
    .description('Turns plain layers into multi-branch blocks that compute the same, for fine-tuning: the way back.')
    .argument('<input>', 'ONNX file, or - for stdin')
    .argument('[output]', 'file to write, or - for stdout')
    .optionsGroup('Block:')
    .addOption(new Option('--block <kind>', 'which branches').choices(blocks).makeOptionMandatory())
    .option(
      '--rank <channels>',
      'channels in the middle of a low-rank branch, in each group (default: 4)',
      wholeNumber(1),
    )
    .option('--scale <share>', "deviation of each new branch relative to the layer's (default: 0.1)", numberFrom(0));
  addRewriteFlags(command)
    .addHelpText('after', AFTER)
    .action((input: string, output: string | undefined, flags: ExpandFlags) =>
      run(async () => (await import('../commands/expand.ts')).expand(input, output, flags, io)),
    );
}
