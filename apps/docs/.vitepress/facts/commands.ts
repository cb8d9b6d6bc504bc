/** `commands NAME`: usage, arguments and options of a command; without a name, all commands. */
import { readGenerated } from './generated.ts';

interface CommandData {
  readonly name: string;
  readonly summary: string;
  readonly description: string;
  readonly usage: string;
  readonly arguments: readonly Described[];
  readonly groups: readonly {
    readonly title: string;
    readonly options: readonly { readonly flags: string; readonly description: string }[];
  }[];
  readonly after: string;
}
interface Described {
  readonly name: string;
  readonly description: string;
}

export function showCommands([name]: readonly string[]): string {
  const [program, ...commands] = readGenerated<CommandData[]>('commands.json');
  if (name === undefined) return listCommands(commands);
  const command = [program!, ...commands].find((other) => other.name === name);
  if (!command) throw new Error(`A facts block names the command "${name}", which there is not.`);
  return showCommand(command);
}

function listCommands(commands: readonly CommandData[]): string {
  const rows = commands.map(({ name, summary }) => `| [\`reparam ${name}\`](/cli/${name}) | ${summary} |`);
  return ['| command | what it does |', '| --- | --- |', ...rows].join('\n');
}

function showCommand({ usage, groups, after, ...command }: CommandData): string {
  const table = (title: string, column: string, rows: readonly string[]) =>
    rows.length === 0 ? [] : ['', `## ${title}`, '', `| ${column} | meaning |`, '| --- | --- |', ...rows];
  const fields = command.arguments.map(({ name, description }) => `| \`${name}\` | ${escapeCell(description)} |`);
  const options = groups.flatMap((group) =>
    table(
      group.title,
      'flag',
      group.options.map(
        ({ flags, description }) => `| \`${flags.replaceAll('|', '\\|')}\` | ${escapeCell(description)} |`,
      ),
    ),
  );
  const usages = usage.split('\n').map((line) => line.trim());
  return [
    '```text',
    ...usages,
    '```',
    ...table('Arguments', 'argument', fields),
    ...options,
    '',
    ...(after === '' ? [] : ['```text', after, '```']),
  ].join('\n');
}

function escapeCell(text: string): string {
  return text.replaceAll('|', '\\|').replaceAll('<', '&lt;').replaceAll('{', '&#123;');
}
