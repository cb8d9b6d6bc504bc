/** The command line as data, from the program itself: usage, arguments, options by group, and the text under its help. */
import { writeData } from './paths.js';

/** @typedef {import('commander').Command} Command */

/** The program's own module, which the package does not export. */
const PROGRAM = new URL('../../../packages/cli/dist/program.js', import.meta.url).href;

export async function generateCommands() {
  /** @type {{ createProgram: typeof import('../../../packages/cli/src/program.ts').createProgram }} */
  const { createProgram } = await import(PROGRAM);
  const streams = { stdout: { write: () => true, columns: 100 }, stderr: { write: () => true, columns: 100 } };
  const program = createProgram(/** @type {never} */ ({ ...streams, cwd: '.', env: {} }), () => {});
  writeData('commands.json', [describe(program), ...program.commands.map(describe)]);
}

/** @param {Command} command */
function describe(command) {
  const help = command.createHelp();
  return {
    name: command.name(),
    summary: command.summary(),
    description: command.description(),
    usage: help.commandUsage(command),
    arguments: command.registeredArguments.map((argument) => ({
      name: help.argumentTerm(argument),
      description: help.argumentDescription(argument),
    })),
    groups: groupOptions(command),
    after: textAfter(command),
  };
}

/** @param {Command} command */
function groupOptions(command) {
  const help = command.createHelp();
  /** @type {{ title: string, options: { flags: string, description: string }[] }[]} */
  const groups = [];
  for (const option of help.visibleOptions(command)) {
    const title = (option.helpGroupHeading ?? 'Options:').replace(/:$/, '');
    let group = groups.find((other) => other.title === title);
    if (!group) {
      group = { title, options: [] };
      groups.push(group);
    }
    group.options.push({ flags: help.optionTerm(option), description: help.optionDescription(option) });
  }
  return groups;
}

/** What the program prints below its options. @param {Command} command */
function textAfter(command) {
  let text = '';
  command.configureOutput({
    writeOut: (part) => {
      text += part;
    },
  });
  command.outputHelp();
  return text.slice(command.helpInformation().length).trim();
}
