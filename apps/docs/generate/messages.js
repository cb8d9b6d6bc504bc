/** What refusals and findings say: the messages and hints in the packages' sources, by reason and by code. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import ts from 'typescript';
import { repository, writeData } from './paths.js';

/**
 * A call whose literals are read: by name, the places of its parts.
 * @typedef {{ name: string, key: number, message: number, hint: number, severity?: number }} Call
 */

/** @type {Record<string, Call>} */
const CALLS = {
  'refusals.json': { name: 'refuse', key: 0, message: 1, hint: 2 },
  'findings.json': { name: 'findingOf', key: 0, severity: 1, message: 3, hint: 4 },
};

export function generateMessages() {
  const sources = listSources().map((path) =>
    ts.createSourceFile(path, readFileSync(path, 'utf8'), ts.ScriptTarget.ES2022, true),
  );
  for (const [file, call] of Object.entries(CALLS)) {
    /** @type {Record<string, Record<string, string>[]>} */
    const found = {};
    for (const source of sources) {
      visit(source, call, (key, texts) => {
        found[key] ??= [];
        const known = found[key];
        if (!known.some((other) => other.message === texts.message && other.hint === texts.hint)) known.push(texts);
      });
    }
    writeData(file, found);
  }
}

function listSources() {
  const packages = readdirSync(join(repository, 'packages')).map((name) => join(repository, 'packages', name, 'src'));
  return packages.flatMap((folder) =>
    readdirSync(folder, { recursive: true, encoding: 'utf8' })
      .filter((name) => name.endsWith('.ts'))
      .sort()
      .map((name) => join(folder, name)),
  );
}

/** @param {ts.Node} node @param {Call} call @param {(key: string, texts: Record<string, string>) => void} report */
function visit(node, call, report) {
  if (ts.isCallExpression(node) && node.expression.getText() === call.name) {
    const key = node.arguments[call.key];
    const text = (/** @type {number | undefined} */ place) => textOf(node.arguments[place ?? -1]);
    if (key && ts.isStringLiteral(key))
      report(key.text, { message: text(call.message), hint: text(call.hint), severity: text(call.severity) });
  }
  ts.forEachChild(node, (child) => visit(child, call, report));
}

/** A literal's text; `…` stands for what is filled in. @param {ts.Expression | undefined} expression */
function textOf(expression) {
  if (expression === undefined) return '';
  if (ts.isStringLiteralLike(expression)) return expression.text;
  if (!ts.isTemplateExpression(expression)) return '…';
  return expression.head.text + expression.templateSpans.map(({ literal }) => `…${literal.text}`).join('');
}
