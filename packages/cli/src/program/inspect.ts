/** Flags and help of `reparam inspect`. */

import type { Command } from 'commander';
import type { InspectFlags } from '../commands/inspect.ts';
import { addKeepFlag, addModelFlags } from '../flags/model-flags.ts';
import { addOutputFlags } from '../flags/output-flags.ts';
import type { Io } from '../io.ts';
import type { Run } from '../program.ts';

const AFTER = `
Nothing is written. Equal refusals are grouped, with a count and the one thing that would lift them.

Examples:
  $ reparam inspect model.onnx
  $ reparam inspect model.onnx --all                         every node and every place
  $ reparam inspect model.onnx --shape image=1,3,224,224     with sizes that the file leaves open
  $ reparam inspect model.onnx --format json | jq '.files[0].report.refusals'`;

export function defineInspect(program: Command, io: Io, run: Run): void {
  const command = program
    .command('inspect')
    .summary('show what would fuse, and why the rest would not')
    .description('Shows what is in a model, what fuses into what, and what does not and why.')
    .argument('<input>', 'ONNX file, or - for stdin')
    .option('-a, --all', 'list every node and every place');
  addOutputFlags(addKeepFlag(addModelFlags(command)))
    .addHelpText('after', AFTER)
    .action((path: string, flags: InspectFlags) =>
      run(async () => (await import('../commands/inspect.ts')).inspect(path, flags, io)),
    );
}
