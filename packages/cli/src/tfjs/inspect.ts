/** `reparam inspect` for TensorFlow.js models. */

import { resolve } from 'node:path';
import { describeInterface, type Report, reparameterizeArtifacts, type TfjsOptions } from '@reparam/tfjs';
import { readModelFolder } from '@reparam/tfjs/node';
import type { Io } from '../io.ts';
import { printable } from '../view/printable.ts';
import { formatDims } from '../view/quantity.ts';
import { adviceForTfjs } from './advice.ts';

/** What `inspect` prints of a model. */
export interface InspectedTfjs {
  readonly report: Report;
  readonly advice: string | null;
  readonly interfaceLine: string;
  readonly findings: readonly [];
  readonly quantization: null;
}

export async function inspectTfjs(path: string, options: TfjsOptions, io: Io): Promise<InspectedTfjs> {
  const artifacts = await readModelFolder(resolve(io.cwd, path));
  const { report } = await reparameterizeArtifacts(artifacts, { ...options, dryRun: true });
  const { inputs, outputs } = await describeInterface(artifacts);
  const list = (values: typeof inputs) =>
    values.map(({ name, shape }) => printable(`${name} ${formatDims(shape)}`)).join(', ');
  return {
    report,
    advice: adviceForTfjs(report),
    interfaceLine: `${list(inputs)} -> ${list(outputs)}`,
    findings: [],
    quantization: null,
  };
}
