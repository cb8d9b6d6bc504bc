/** The generated data, read where it is used: `generate/site.js` writes it before the site is built. */
import { readFileSync } from 'node:fs';

/** A file that `generate/site.js` wrote. */
export function readGenerated<Data>(name: string): Data {
  return JSON.parse(readFileSync(new URL(`../generated/${name}`, import.meta.url), 'utf8')) as Data;
}

/** Size of a model. */
export interface Amount {
  readonly operators: number;
  readonly parameters: number;
  readonly macs: number | null;
  readonly bytes: number;
  readonly operatorCounts: Readonly<Record<string, number>>;
}

/** One line of a listing of nodes. */
export interface NodeLine {
  readonly text: string;
  readonly constants: string;
  readonly reads: string;
  readonly makes: string;
}

/** A train-time fixture, measured. */
export interface Structure {
  readonly name: string;
  readonly library: string;
  readonly paper: string;
  readonly input: readonly number[];
  readonly author: Amount;
  readonly exports: readonly StructureExport[];
}

export interface StructureExport {
  readonly variant: string;
  readonly opset: number;
  readonly before: Amount;
  readonly after: Amount;
  readonly fusions: number;
  /** Of the proofs, in float64. */
  readonly proofError: number;
  /** Of the outputs in ONNX Runtime, relative to the largest. */
  readonly difference: number;
  readonly refused: Readonly<Record<string, number>>;
  readonly examples: readonly {
    readonly name: string;
    readonly before: readonly NodeLine[];
    readonly after: readonly NodeLine[];
  }[];
}

let structures: readonly Structure[] | undefined;

export function findStructure(name: string | undefined): Structure {
  structures ??= readGenerated<Structure[]>('structures.json');
  const structure = structures.find((other) => other.name === name);
  if (!structure) throw new Error(`A facts block names the fixture "${name}", which there is not.`);
  return structure;
}
