/** `schema NAME`: the fields of a JSON schema of the command line, definition by definition. */
import { readFileSync } from 'node:fs';

interface Schema {
  readonly type?: string | readonly string[];
  readonly enum?: readonly (string | number | null)[];
  readonly const?: unknown;
  readonly description?: string;
  readonly $ref?: string;
  readonly items?: Schema;
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly additionalProperties?: boolean | Schema;
  readonly anyOf?: readonly Schema[];
  readonly oneOf?: readonly Schema[];
  readonly $defs?: Readonly<Record<string, Schema>>;
}

export function showSchema([name]: readonly string[]): string {
  const path = new URL(`../../../../packages/cli/schema/${name}.schema.json`, import.meta.url);
  const schema = JSON.parse(readFileSync(path, 'utf8')) as Schema;
  const parts = [['the document', schema] as const, ...Object.entries(schema.$defs ?? {})];
  return parts
    .filter(([, part]) => part.properties)
    .map(([title, part]) => tableOf(title, part))
    .join('\n\n');
}

function tableOf(title: string, { description, properties = {} }: Schema): string {
  const rows = Object.entries(properties).map(
    ([field, value]) => `| \`${field}\` | ${typeOf(value)} | ${value.description ?? ''} |`,
  );
  return [
    `**${title}**${description ? `: ${description}` : ''}`,
    '',
    '| field | type | meaning |',
    '| --- | --- | --- |',
    ...rows,
  ].join('\n');
}

function typeOf(schema: Schema): string {
  if (schema.$ref) return `_${schema.$ref.split('/').at(-1)}_`;
  if (schema.enum) return schema.enum.map((value) => `\`${JSON.stringify(value)}\``).join(', ');
  if (schema.const !== undefined) return `\`${JSON.stringify(schema.const)}\``;
  const choices = schema.anyOf ?? schema.oneOf;
  if (choices) return choices.map(typeOf).join(' or ');
  if (schema.items) return `list of ${typeOf(schema.items)}`;
  if (typeof schema.additionalProperties === 'object') return `${typeOf(schema.additionalProperties)} by name`;
  return [schema.type ?? 'anything'].flat().join(' or ');
}
