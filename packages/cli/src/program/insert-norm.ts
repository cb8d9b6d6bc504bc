/** Flags and help of `reparam insert-norm`. */

import type { Command } from 'commander';
import type { InsertNormFlags } from '../commands/insert-norm.ts';
import { positiveNumber } from '../flags/numbers.ts';
import { addRewriteFlags } from '../flags/rewrite-flags.ts';
import type { Io } from '../io.ts';
import type { Run } from '../program.ts';

const AFTER = `
The layer gives up its bias, and scale and shift of the normalization undo its mean and variance, so the model computes
the same, proven in float64. Statistics are those of independent inputs of variance 1, unless they are measured: with
--measure, or --input or --range, the model runs in ONNX Runtime, and the function then also stays in training mode.

It is written beside the input, as model.normed.onnx; reparam convert folds the normalizations back.

Examples:
  $ reparam insert-norm model.onnx --verify
  $ reparam insert-norm model.onnx --input image=photos.npy      statistics from these
  $ reparam insert-norm model.onnx --only Conv --skip "/head/*"`;

export function defineInsertNorm(program: Command, io: Io, run: Run): void {
  const command = program
    .command('insert-norm')
    .summary('put a BatchNormalization behind layers, for fine-tuning')
    .description(
      'Puts a BatchNormalization behind layers without a change to what the model computes, for fine-tuning.',
    )
    .argument('<input>', 'ONNX file, or - for stdin')
    .argument('[output]', 'file to write, or - for stdout')
    .optionsGroup('Normalization:')
    .option('--measure', 'measure the statistics in ONNX Runtime')
    .option('--epsilon <number>', 'epsilon (default: 1e-5)', positiveNumber);
  addRewriteFlags(command)
    .addHelpText('after', AFTER)
    .action((input: string, output: string | undefined, flags: InsertNormFlags) =>
      run(async () => (await import('../commands/insert-norm.ts')).insertNorm(input, output, flags, io)),
    );
}
