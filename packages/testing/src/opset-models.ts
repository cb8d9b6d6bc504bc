/** Lists the tiny hand-made models for encodings and versions of operators: fixtures/opsets/README.md. */

import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

export interface OpsetModel {
  readonly name: string;
  readonly about: string;
  readonly opset: number;
  readonly ir: number;
  /** Absolute path of the model; its input is `x`, and its output of interest is `y`. */
  readonly path: string;
  /** Paths of .npy files. */
  readonly inputPath: string;
  readonly outputPath: string;
  /** Shape of the input, with a number for each free size. */
  readonly input: readonly number[];
  /** How many there are now, and how many a conversion leaves at most. */
  readonly linearOperators: number;
  readonly left: number;
  /** Kinds of other nodes of which a conversion leaves none. */
  readonly gone: readonly string[];
  /** How many nodes of each kind a conversion leaves in all graphs, where that is what the model is about. */
  readonly counts?: Readonly<Record<string, number>>;
  /** Whether a conversion gives the same bytes. */
  readonly untouched: boolean;
  /** Whether ONNX Runtime has all of the model's operators. */
  readonly runs: boolean;
}

const FOLDER = new URL('../fixtures/opsets/', import.meta.url);

type Line = Omit<OpsetModel, 'path' | 'inputPath' | 'outputPath'>;

/** Every model of opsets.json, with absolute paths. */
export function listOpsetModels(): OpsetModel[] {
  const lines = JSON.parse(readFileSync(new URL('opsets.json', FOLDER), 'utf8')) as Line[];
  const pathOf = (file: string) => fileURLToPath(new URL(file, FOLDER));
  return lines.map((line) => ({
    ...line,
    path: pathOf(`${line.name}.onnx`),
    inputPath: pathOf(`${line.name}.input.npy`),
    outputPath: pathOf(`${line.name}.output.npy`),
  }));
}
