/** Flags of commands that write one model anew. */

import type { Command } from 'commander';
import { addModelFlags } from './model-flags.ts';
import { addOutputFlags } from './output-flags.ts';
import { addRunFlags } from './run-flags.ts';

export function addRewriteFlags(command: Command): Command {
  const writing = command
    .optionsGroup('Writing:')
    .option('-o, --output <path>', 'file to write')
    .option('-f, --force', 'replace what is there')
    .option('--dry-run', 'write nothing, only say what would be done')
    .option('--verify', 'also run both models in ONNX Runtime');
  return addOutputFlags(addRunFlags(addModelFlags(writing, 'rewrite', 'Layers and their proof:')));
}
