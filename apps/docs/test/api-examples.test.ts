/** The examples in doc comments compile: against the modules of their pages, whatever else they name being there. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import ts from 'typescript';
import { describe, expect, test } from 'vitest';
import { root } from '../../../scripts/pnpm.js';

const API = join(root, 'apps/docs/content/api');

/** What a reader has at hand is not declared in an example: names, and the types of a callback's parameters where it stands alone. */
const UNKNOWN_NAME = new Set([2304, 2552, 7031, 18004]);

interface Example {
  readonly at: string;
  readonly module: string;
  readonly code: string;
}

function listExamples(): Example[] {
  const paths = readdirSync(API, { recursive: true, encoding: 'utf8' }).filter((path) => path.endsWith('.md'));
  return paths.flatMap((path) => {
    const module = path.replaceAll('\\', '/').replace(/\.md$/, '');
    const text = readFileSync(join(API, path), 'utf8');
    const found = [...text.matchAll(/^#+ Examples?\n+((?:```ts\n[\s\S]*?```\n*)+)/gm)];
    return found.flatMap(([, blocks = '']) =>
      [...blocks.matchAll(/```ts\n([\s\S]*?)```/g)].map(([, code = ''], index) => ({
        at: `${module} ${index}: ${code.slice(0, 60)}`,
        module,
        code,
      })),
    );
  });
}

const examples = listExamples();
const OPTIONS: ts.CompilerOptions = {
  strict: true,
  noEmit: true,
  skipLibCheck: true,
  target: ts.ScriptTarget.ES2022,
  module: ts.ModuleKind.ESNext,
  moduleResolution: ts.ModuleResolutionKind.Bundler,
  customConditions: ['@reparam/source'],
  allowImportingTsExtensions: true,
  lib: ['lib.es2023.d.ts', 'lib.dom.d.ts'],
  types: ['node'],
};

/** Each example as a module of its own that imports all that its module exports. */
function compile(): Map<string, string[]> {
  const folder = join(root, 'apps/docs/test');
  const files = new Map(examples.map((example, index) => [join(folder, `example-${index}.ts`), example]));
  const host = ts.createCompilerHost(OPTIONS);
  const names = new Map<string, string[]>();
  const { readFile, fileExists } = host;
  const textOf = ({ module, code }: Example) =>
    `import { ${namesOf(module, names).join(', ')} } from '${module}';\n${code}\nexport {};\n`;
  host.readFile = (path) => (files.has(path) ? textOf(files.get(path)!) : readFile(path));
  host.fileExists = (path) => files.has(path) || fileExists(path);
  host.getSourceFile = (path, options) => {
    const text = host.readFile(path);
    return text === undefined ? undefined : ts.createSourceFile(path, text, options);
  };
  const program = ts.createProgram([...files.keys()], OPTIONS, host);
  return new Map(
    [...files].map(([path, { at }]) => {
      const found = program.getSemanticDiagnostics(program.getSourceFile(path));
      const told = found.filter(({ code }) => !UNKNOWN_NAME.has(code));
      return [at, told.map(({ messageText }) => ts.flattenDiagnosticMessageText(messageText, '\n'))];
    }),
  );
}

/** Functions and classes of a module's page, by its headings; those of core are at hand everywhere. */
function namesOf(module: string, known: Map<string, string[]>): string[] {
  let names = known.get(module);
  if (!names) {
    const text = readFileSync(join(API, `${module}.md`), 'utf8');
    names = [...text.matchAll(/^### (\w+)(?:\(\))?$/gm)].map(([, name = '']) => name);
    known.set(module, names);
  }
  return names;
}

describe('examples of doc comments', () => {
  const found = compile();

  test('there are many', () => {
    expect(examples.length).toBeGreaterThan(20);
  });

  test.each(examples)('$at', ({ at }) => {
    expect(found.get(at)).toEqual([]);
  });
});
