/** Flags and help of `reparam convert`. */

import type { Command } from 'commander';
import type { ConvertFlags } from '../commands/convert.ts';
import { addBorderFlag, addFreezeFlag, addKeepFlag, addModelFlags, addQuantizationFlag } from '../flags/model-flags.ts';
import { addOutputFlags } from '../flags/output-flags.ts';
import { addRunFlags } from '../flags/run-flags.ts';
import type { Io } from '../io.ts';
import type { Run } from '../program.ts';

const AFTER = `
Where it writes:
  reparam convert model.onnx                model.deploy.onnx, beside the input
  reparam convert model.onnx small.onnx     the second path, if there is no such file yet
  reparam convert model.onnx deploy/        deploy/model.deploy.onnx
  reparam convert a.onnx b.onnx -o deploy   all inputs, into a folder; also "models/**/*.onnx"
  reparam convert - < in.onnx > out.onnx    stdin and stdout; "-" stands for either
  A second path that exists could be meant as an input: name it with -o, and --force to replace it.
  Patterns leave out *.deploy.onnx files unless they name them. External data is written beside the output.

Every fusion is proven before it is written: replayed in float64 against the nodes it replaces.
--verify also runs both whole models in ONNX Runtime, and keeps the new one only if they agree.

More examples:
  $ reparam convert model.onnx --verify --range image=0,255
  $ reparam convert model.onnx --skip "/head/*" --skip Gemm
  $ reparam convert model.onnx --keep norm           for quantization-aware training
  $ reparam convert old.onnx --freeze-weights        a file whose weights are graph inputs, as before IR version 4
  $ reparam convert model.json --quantization uint8  a TensorFlow.js model, its new weights in 8 bits
  $ reparam convert "models/*.onnx" --check          for CI: exit code 2 if anything would fuse
  $ reparam convert model.onnx --dry-run --format json`;

export function defineConvert(program: Command, io: Io, run: Run): void {
  const command = program
    .command('convert')
    .summary('write the deploy model')
    .description('Merges all linear branches that can be merged exactly, and writes the smaller, equal model.')
    .usage('[options] <input> [output]\n       reparam convert [options] <inputs...> -o <folder>')
    .argument('<paths...>', 'ONNX files or patterns, and where to write')
    .optionsGroup('Writing:')
    .option('-o, --output <path>', 'file or folder to write')
    .option('-f, --force', 'replace what is there, even the input')
    .option('--dry-run', 'write nothing, only say what would be done')
    .option('--check', 'write nothing, and exit with 2 if anything would fuse')
    .option('--verify', 'also run both models in ONNX Runtime');
  addOutputFlags(addRunFlags(addQuantizationFlag(addBorderFlag(addFreezeFlag(addKeepFlag(addModelFlags(command)))))))
    .addHelpText('after', AFTER)
    .action((paths: string[], flags: ConvertFlags) =>
      run(async () => (await import('../commands/convert.ts')).convert(paths, flags, io)),
    );
}
