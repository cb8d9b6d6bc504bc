/** Prints what `inspect` found, in each format. */

import { DataType, type Fusion, type OnnxModel, type Refused } from '@reparam/onnx';
import type { Finding } from '@reparam/onnx/lint';
import { type Conversion, documentOf } from '../conversion.ts';
import type { Report } from '../report.ts';
import { type Terminal, toJson } from '../terminal.ts';
import { formatChange } from './amount-change.ts';
import { FINDING_COLUMNS, findingBranch } from './finding-view.ts';
import { FUSION_COLUMNS } from './fusion-table.ts';
import { fusionBranch, refusalBranches } from './inspection-tree.ts';
import { formatCounts } from './node-list.ts';
import { printable, printableDeep } from './printable.ts';
import { formatBytes, formatCount, formatDims, plural } from './quantity.ts';
import { printQuantization, quantizationMarkdown } from './quantization-view.ts';
import { groupRefusals, type RefusalGroup } from './refusal-groups.ts';
import { type Column, renderCsv, renderMarkdown } from './table.ts';
import { renderBranches } from './tree.ts';

export interface Inspection extends Conversion {
  readonly report: Report;
  readonly findings: readonly Finding[];
  /** Inputs and outputs, in a line. */
  readonly interfaceLine: string;
}

export function printInspection(inspection: Inspection, all: boolean, terminal: Terminal): void {
  const { interfaceLine, ...file } = inspection;
  const { format } = terminal.flags;
  const { report, findings, quantization } = printableDeep(file);
  const clean = { ...inspection, interfaceLine, report, findings, quantization };
  if (format === 'json') terminal.print(toJson(documentOf('inspect', [file])));
  else if (format === 'csv') terminal.print(renderCsv(PLACE_COLUMNS, placesOf(report, findings)));
  else if (format === 'md') printMarkdown(clean, terminal);
  else printTree(clean, all, terminal);
}

function printTree(inspection: Inspection, all: boolean, terminal: Terminal): void {
  const { colors, note } = terminal;
  const { report, findings, quantization, advice } = inspection;
  const { fusions, refusals } = report;
  const [title, ...lines] = heading(inspection);
  note(colors.bold(title!));
  for (const line of lines) note(`  ${line}`);
  note(`\n${colors.bold(`would fuse: ${fusions.length}`)}`);
  for (const line of renderBranches(fusions.map((fusion) => fusionBranch(fusion, all, colors)))) note(line);
  note(`\n${colors.bold(`would not: ${refusals.length}`)}`);
  for (const line of renderBranches(refusalBranches(refusals, all, colors))) note(line);
  if (findings.length > 0) note(`\n${colors.bold(`findings: ${findings.length}`)}`);
  for (const line of renderBranches(findings.map((finding) => findingBranch(finding, all, colors)))) note(line);
  if (quantization) printQuantization(quantization, all, terminal);
  note('');
  if (advice) note(advice);
  note(outcome(report));
}

/** What is in the file. */
function heading({ input, report, interfaceLine }: Inspection): string[] {
  const { before, producer, assumedSizes } = report;
  const version = 'opset' in report ? `opset ${report.opset}` : report.format;
  const made = producer === '' ? [] : [`made by ${producer}`];
  const sizes = Object.entries(assumedSizes).map(([name, size]) => `${name} = ${size}`);
  const counted = sizes.length === 0 ? '' : ` (at ${sizes.join(', ')})`;
  return [
    [printable(input), formatBytes(before.bytes), ...made, version].join(', '),
    interfaceLine,
    `${plural(before.operators, 'operator')}: ${formatCounts(before.operatorCounts)}`,
    `${formatCount(before.parameters)} parameters, ${formatCount(before.macs)} multiply-adds${counted}`,
  ];
}

/** Inputs and outputs of an ONNX graph in a line. */
export function describeGraph(graph: OnnxModel['graph']): string {
  return `${graphValues(graph, 'inputs')} -> ${graphValues(graph, 'outputs')}`;
}

/** An initializer may stand among the inputs; it is none. */
function graphValues(graph: OnnxModel['graph'], side: 'inputs' | 'outputs'): string {
  const values = graph[side].filter(({ name }) => side === 'outputs' || !graph.initializers.has(name));
  return values
    .map(({ name, elementType, dims }) => printable(`${name} ${typeName(elementType)}${formatDims(dims)}`))
    .join(', ');
}

function typeName(elementType: number | null): string {
  const entry = Object.entries(DataType).find(([, value]) => value === elementType);
  return entry ? entry[0].toLowerCase() : '';
}

function outcome({ before, after }: Report): string {
  return [
    `${formatChange(String(before.operators), String(after.operators))} operators`,
    `${formatChange(formatCount(before.parameters), formatCount(after.parameters))} parameters`,
    `${formatChange(formatCount(before.macs), formatCount(after.macs))} multiply-adds`,
  ].join(', ');
}

function printMarkdown(inspection: Inspection, { print }: Terminal): void {
  const { report, findings, quantization, advice } = inspection;
  const [title, ...lines] = heading(inspection);
  print(`**${title}**\n`);
  for (const line of lines) print(`- ${line}`);
  if (report.fusions.length > 0) print(`\n${renderMarkdown(FUSION_COLUMNS, report.fusions)}`);
  if (report.refusals.length > 0) print(`\n${renderMarkdown(GROUP_COLUMNS, groupRefusals(report.refusals))}`);
  if (findings.length > 0) print(`\n${renderMarkdown(FINDING_COLUMNS, findings)}`);
  if (quantization) print(`\n${quantizationMarkdown(quantization)}`);
  print(`\n${advice ? `${advice}\n\n` : ''}${outcome(report)}`);
}

const GROUP_COLUMNS: readonly Column<RefusalGroup>[] = [
  { title: 'places', key: 'places', align: 'right', value: ({ places }) => places.length },
  { title: 'left alone for', key: 'reason', value: ({ reason }) => reason },
  { title: 'because', key: 'message', value: ({ message }) => message },
  { title: 'to lift it', key: 'hint', value: ({ hint }) => hint },
];

/** A fusion, a refusal or a finding. */
type Place = Fusion | Refused | Finding;

function placesOf({ fusions, refusals }: Report, findings: readonly Finding[]): Place[] {
  return [...fusions, ...refusals, ...findings];
}

function placeColumn(
  key: string,
  ofFusion: (fusion: Fusion) => string | number | null,
  ofRefused: (refused: Refused | Finding) => string | null,
): Column<Place> {
  return { title: key, key, value: (place) => ('into' in place ? ofFusion(place) : ofRefused(place)) };
}

const names = (nodes: Place['nodes']) => nodes.map(({ name }) => name).join(' ');

const PLACE_COLUMNS: readonly Column<Place>[] = [
  placeColumn(
    'kind',
    () => 'fusion',
    (place) => ('code' in place ? 'finding' : 'refusal'),
  ),
  placeColumn(
    'value',
    ({ name }) => name,
    () => null,
  ),
  placeColumn(
    'nodes',
    ({ nodes }) => names(nodes),
    ({ nodes }) => names(nodes),
  ),
  placeColumn(
    'into',
    ({ into }) => into.map(({ opType }) => opType).join(' '),
    () => null,
  ),
  placeColumn(
    'multiply_adds_before',
    ({ before }) => before.macs,
    () => null,
  ),
  placeColumn(
    'multiply_adds_after',
    ({ after }) => after.macs,
    () => null,
  ),
  placeColumn(
    'parameters_before',
    ({ before }) => before.parameters,
    () => null,
  ),
  placeColumn(
    'parameters_after',
    ({ after }) => after.parameters,
    () => null,
  ),
  placeColumn(
    'error',
    ({ error }) => error,
    () => null,
  ),
  placeColumn(
    'reason',
    () => null,
    (place) => ('code' in place ? place.code : place.reason),
  ),
  placeColumn(
    'message',
    () => null,
    ({ message }) => message,
  ),
  placeColumn(
    'hint',
    () => null,
    ({ hint }) => hint,
  ),
];
