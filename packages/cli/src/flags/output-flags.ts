/** How a command prints: flags that all commands have. */

import { type Command, Option } from 'commander';

export type Format = 'table' | 'json' | 'md' | 'csv';

export interface OutputFlags {
  readonly format: Format;
  readonly quiet?: boolean;
  readonly color: boolean;
}

export function addOutputFlags(command: Command): Command {
  const formats: readonly Format[] = ['table', 'json', 'md', 'csv'];
  return command
    .optionsGroup('Printing:')
    .addOption(new Option('--format <format>', 'how results are printed').choices(formats).default('table'))
    .option('-q, --quiet', 'print errors only, and what --format asks for')
    .option('--no-color', 'print without colours, as NO_COLOR=1 does');
}
