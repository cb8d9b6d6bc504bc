/** What refusals say: the messages and hints of every `refuse(...)` in the packages' sources, by reason. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import ts from 'typescript';
import { repository, writeData } from './paths.js';

export function generateRefusals() {
  /** @type {Record<string, { message: string, hint: string }[]>} */
  const found = {};
  for (const path of listSources()) {
    const source = ts.createSourceFile(path, readFileSync(path, 'utf8'), ts.ScriptTarget.ES2022, true);
    visit(source, (reason, message, hint) => {
      const known = (found[reason] ??= []);
      if (!known.some((other) => other.message === message && other.hint === hint)) known.push({ message, hint });
    });
  }
  writeData('refusals.json', found);
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

/** @param {ts.Node} node @param {(reason: string, message: string, hint: string) => void} report */
function visit(node, report) {
  if (ts.isCallExpression(node) && node.expression.getText() === 'refuse' && node.arguments.length === 3) {
    const [reason, message, hint] = node.arguments;
    if (reason && message && hint && ts.isStringLiteral(reason)) report(reason.text, textOf(message), textOf(hint));
  }
  ts.forEachChild(node, (child) => visit(child, report));
}

/** A literal's text; `…` stands for what is filled in. @param {ts.Expression} expression */
function textOf(expression) {
  if (ts.isStringLiteralLike(expression)) return expression.text;
  if (ts.isTemplateExpression(expression))
    return expression.head.text + expression.templateSpans.map(({ literal }) => `…${literal.text}`).join('');
  return '…';
}
