/** An inspected model as trees: what fuses into what, and what does not and why. */

import type { Fusion, NodeReference, Refused } from '@reparam/onnx';
import type { Colors } from '../terminal.ts';
import { formatChange } from './amount-change.ts';
import { countNodes } from './node-list.ts';
import { shorten } from './printable.ts';
import { formatCount, formatError, plural } from './quantity.ts';
import { groupRefusals, type RefusalGroup } from './refusal-groups.ts';
import type { Branch } from './tree.ts';

/** Nodes and places that are listed unless all are asked for. */
const MOST_NODES = 8;
const MOST_PLACES = 3;
const LONGEST_NAME = 72;

export function fusionBranch(fusion: Fusion, all: boolean, colors: Colors): Branch {
  const { name, nodes, into, before, after, error, proof } = fusion;
  const channels = proof.channels === proof.totalChannels ? 'all' : `${proof.channels} of ${proof.totalChannels}`;
  const amounts = [
    `multiply-adds ${formatChange(formatCount(before.macs), formatCount(after.macs))}`,
    `parameters ${formatChange(formatCount(before.parameters), formatCount(after.parameters))}`,
    ...(proof.totalChannels > 0 ? [`error ${formatError(error)} (${channels} channels)`] : []),
  ];
  const made = into.length === 0 ? 'nothing: its value is there already' : countNodes(into);
  return {
    text: `${colors.bold(shorten(name, LONGEST_NAME))}: ${plural(nodes.length, 'operator')} into ${colors.green(made)}`,
    children: [
      { text: colors.dim(amounts.join(', ')) },
      ...shortened(nodes.map(nodeText), all ? nodes.length : MOST_NODES, colors).map((text) => ({ text })),
    ],
  };
}

/** Equal refusals together, or each on its own. */
export function refusalBranches(refusals: readonly Refused[], all: boolean, colors: Colors): Branch[] {
  const groups = all
    ? refusals.map(({ nodes, ...refusal }) => ({ ...refusal, places: [nodes] }))
    : groupRefusals(refusals);
  return groups.map((group) => refusalBranch(group, all, colors));
}

function refusalBranch({ reason, message, hint, places }: RefusalGroup, all: boolean, colors: Colors): Branch {
  const count = places.length === 1 ? '' : `${places.length} x `;
  const lines = places.map((nodes) => nodes.map(nodeText).join(' -> ') || 'the model');
  return {
    text: `${count}${colors.yellow(reason)}: ${message}`,
    children: [
      ...(hint === '' ? [] : [{ text: `${colors.cyan('hint:')} ${hint}` }]),
      ...shortened(lines, all ? lines.length : MOST_PLACES, colors).map((text) => ({ text })),
    ],
  };
}

function nodeText({ opType, name }: NodeReference): string {
  return `${opType} ${shorten(name, LONGEST_NAME)}`;
}

function shortened(lines: readonly string[], most: number, colors: Colors): string[] {
  if (lines.length <= most + 1) return [...lines];
  return [...lines.slice(0, most), colors.dim(`and ${lines.length - most} more (--all)`)];
}
