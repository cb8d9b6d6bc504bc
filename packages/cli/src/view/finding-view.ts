/** Findings of the linter, for people. */

import type { NodeReference } from '@reparam/onnx';
import type { Finding, Severity } from '@reparam/onnx/lint';
import type { Colors } from '../terminal.ts';
import { shorten } from './printable.ts';
import type { Column } from './table.ts';
import type { Branch } from './tree.ts';

const MOST_NODES = 3;
const LONGEST_NAME = 72;

export const FINDING_COLUMNS: readonly Column<Finding>[] = [
  { title: 'severity', key: 'severity', value: ({ severity }) => severity },
  { title: 'finding', key: 'code', value: ({ code }) => code },
  { title: 'because', key: 'message', value: ({ message }) => message },
  { title: 'what to do', key: 'hint', value: ({ hint }) => hint },
  { title: 'nodes', key: 'nodes', value: ({ nodes }) => shortList(nodes, false).join(', ') },
];

export function findingBranch({ code, severity, message, hint, nodes }: Finding, all: boolean, colors: Colors): Branch {
  const lines = [`${colors.cyan('hint:')} ${hint}`, ...shortList(nodes, all)];
  return {
    text: `${colorOf(severity, colors)(severity)} ${code}: ${message}`,
    children: lines.map((text) => ({ text })),
  };
}

function shortList(nodes: readonly NodeReference[], all: boolean): string[] {
  const lines = nodes.map(({ opType, name }) => `${opType} ${shorten(name, LONGEST_NAME)}`);
  if (all || lines.length <= MOST_NODES + 1) return lines;
  return [...lines.slice(0, MOST_NODES), `and ${lines.length - MOST_NODES} more (--all)`];
}

function colorOf(severity: Severity, colors: Colors): (text: string) => string {
  return { error: colors.red, warning: colors.yellow, info: colors.blue }[severity];
}
