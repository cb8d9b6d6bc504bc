/** Opens an ONNX file as a lossless view: its structure in memory, its large weights in the file. */

import { FormatError } from '@reparam/core';
import { ExternalFiles, type ExternalResolver } from './external.ts';
import { type FieldPlace, Fields, wholeFile } from './fields.ts';
import type { OnnxFunction } from './function.ts';
import { type OnnxGraph, readGraph } from './graph.ts';
import { readOpset } from './opset.ts';
import { LARGE } from './schema.ts';
import { readSkeleton } from './skeleton.ts';
import { type ByteSource, readRange } from './source.ts';
import type { FileContext } from './tensor.ts';
import { BYTES, VARINT } from './wire.ts';

export interface OnnxModel extends FileContext {
  readonly source: ByteSource;
  readonly irVersion: number;
  /** Opset version by domain; '' is the standard domain. */
  readonly opsets: ReadonlyMap<string, number>;
  readonly graph: OnnxGraph;
  /** Model-local functions, by `qualifiedName`. */
  readonly functions: ReadonlyMap<string, OnnxFunction>;
  /** Name and version of the program that made the file. */
  readonly producer: string;
}

export interface OpenOptions {
  /** Opens files with external data. Without it, such data cannot be loaded. */
  readonly external?: ExternalResolver | undefined;
  /** What errors call the file. */
  readonly name?: string | undefined;
}

/**
 * Opens an ONNX model. Reads its structure and all data of at most 64 KiB; larger data stays in the file until `load()`.
 * Throws a FormatError if the file is damaged, is something else, or lacks an external file.
 */
export async function openModel(source: ByteSource, options: OpenOptions = {}): Promise<OnnxModel> {
  try {
    const skeleton = await readSkeleton(source);
    const model = await readModel({ skeleton, externalFiles: new ExternalFiles(options.external) });
    await loadSmallExternals(model);
    return model;
  } catch (error) {
    if (!(error instanceof FormatError)) throw error;
    const { diagnose, HEAD_SIZE } = await import('./diagnosis.ts'); // most pages never need it
    const head = await readRange(source, 0, Math.min(source.size, HEAD_SIZE));
    throw diagnose(head, options.name ?? 'The file', error);
  }
}

async function readModel(context: FileContext): Promise<OnnxModel> {
  const { skeleton } = context;
  let irVersion = 0;
  let [producerName, producerVersion] = ['', ''];
  const opsets = new Map<string, number>();
  const functions: FieldPlace[] = [];
  const graphs: FieldPlace[] = [];
  const fields = new Fields(skeleton, [wholeFile(skeleton)]);
  while (fields.next()) {
    if (fields.tag === ((1 << 3) | VARINT)) irVersion = fields.signed;
    else if (fields.tag === ((2 << 3) | BYTES)) producerName = fields.text;
    else if (fields.tag === ((3 << 3) | BYTES)) producerVersion = fields.text;
    else if (fields.tag === ((7 << 3) | BYTES)) graphs.push(fields.place);
    else if (fields.tag === ((8 << 3) | BYTES)) opsets.set(...readOpset(new Fields(skeleton, [fields.span])));
    else if (fields.tag === ((25 << 3) | BYTES)) functions.push(fields.place);
  }
  if (graphs.length === 0) throw withoutGraph();
  const graph = readGraph(context, graphs, 0);
  const producer = `${producerName} ${producerVersion}`.trim();
  const named = functions.length > 0 ? await readFunctions(context, functions) : new Map<string, OnnxFunction>();
  return { ...context, source: skeleton.source, irVersion, opsets, graph, functions: named, producer };
}

function withoutGraph(): FormatError {
  return new FormatError('The file has no graph, expected an ONNX model.', {
    code: 'no-graph',
    hint: 'It may be another protobuf file, such as a TensorFlow saved_model.pb. Give an ONNX model.',
  });
}

async function readFunctions(
  context: FileContext,
  places: readonly FieldPlace[],
): Promise<ReadonlyMap<string, OnnxFunction>> {
  const { readFunction } = await import('./function.ts');
  return new Map(
    places.map((place) => readFunction(context, place)).map((definition) => [definition.name, definition]),
  );
}

/** Checks that the graph's external data is there, and loads what is small. */
async function loadSmallExternals({ graph, externalFiles }: OnnxModel): Promise<void> {
  if (!externalFiles.available) return;
  const sparse = [...graph.sparseInitializers.values()].flatMap(({ values, indices }) => [values, indices]);
  for (const tensor of [...graph.initializers.values(), ...sparse]) {
    if (tensor.external === undefined) continue;
    if (tensor.byteLength <= LARGE) await tensor.load();
    else await tensor.locate();
  }
}
