/** `measured FIXTURE`: what a conversion makes of a fixture, for each of its exports, beside its author's own deploy form. */
import { type Amount, findStructure, type StructureExport } from './generated.ts';

const EXPORTERS: Readonly<Record<string, string>> = {
  torchscript: 'TorchScript',
  'torchscript-unfolded': 'unfolded',
  dynamo: 'dynamo',
};

export function showMeasured([name]: readonly string[]): string {
  const { exports, author, paper, library, input } = findStructure(name);
  const rows = exports.map((line) => `| ${cellsOf(line).join(' | ')} |`);
  const source = library.startsWith('written') ? 'written from the paper' : library;
  return [
    `<div class="measured">`,
    '',
    '| export | operators | parameters | multiply-adds | fusions | difference |',
    '| --- | ---: | ---: | ---: | ---: | ---: |',
    ...rows,
    `| _its author’s own_ | ${author.operators} | ${grouped(author.parameters)} | ${grouped(author.macs)} | | |`,
    '',
    '</div>',
    '',
    `Fixture \`${name}\`: ${paper}, ${source}, a small network with input ${input.join(' × ')}.`,
  ].join('\n');
}

function cellsOf({ variant, before, after, fusions, difference }: StructureExport): string[] {
  const change = (field: (amount: Amount) => string) => `${field(before)} → **${field(after)}**`;
  return [
    EXPORTERS[variant] ?? variant,
    change(({ operators }) => String(operators)),
    change(({ parameters }) => grouped(parameters)),
    change(({ macs }) => grouped(macs)),
    String(fusions),
    difference === 0 ? '0' : difference.toExponential(1).replace('e-', 'e−'),
  ];
}

function grouped(value: number | null): string {
  return value === null ? 'unknown' : value.toLocaleString('en-US');
}
