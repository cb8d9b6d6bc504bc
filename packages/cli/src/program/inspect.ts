/** Flags and help of `reparam inspect`. */

import type { Severity } from '@reparam/onnx/lint';
import { type Command, Option } from 'commander';
import type { InspectFlags } from '../commands/inspect.ts';
import { addBorderFlag, addFreezeFlag, addKeepFlag, addModelFlags } from '../flags/model-flags.ts';
import { addOutputFlags } from '../flags/output-flags.ts';
import type { Io } from '../io.ts';
import type { Run } from '../program.ts';

const AFTER = `
Nothing is written. Findings are what does needless work, is not meant for deployment, or an exporter's setting
would have avoided: each with what to do. Equal refusals are grouped, with a count and what would lift them.

Examples:
  $ reparam inspect model.onnx
  $ reparam inspect model.onnx --all                         every node and every place
  $ reparam inspect model.onnx --shape image=1,3,224,224     with sizes that the file leaves open
  $ reparam inspect model.onnx --quantization                what int8 leaves of the weights, and what helps
  $ reparam inspect model.onnx --fail-on warning             for CI: exit code 2 if it finds one
  $ reparam inspect model.onnx --format json | jq '.files[0].report.refusals'`;

export function defineInspect(program: Command, io: Io, run: Run): void {
  const severities: readonly Severity[] = ['error', 'warning', 'info'];
  const command = program
    .command('inspect')
    .summary('show what would fuse, why the rest would not, and what else is wrong')
    .description('Shows what is in a model, what fuses into what, and what does not and why.')
    .argument('<input>', 'ONNX file, or - for stdin')
    .option('-a, --all', 'list every node and every place')
    .option('--quantization', 'measure what int8 leaves of the weights, before and after each fusion')
    .addOption(new Option('--fail-on <severity>', 'exit with 2 if a finding is that grave').choices(severities));
  addOutputFlags(addBorderFlag(addFreezeFlag(addKeepFlag(addModelFlags(command)))))
    .addHelpText('after', AFTER)
    .action((path: string, flags: InspectFlags) =>
      run(async () => (await import('../commands/inspect.ts')).inspect(path, flags, io)),
    );
}
