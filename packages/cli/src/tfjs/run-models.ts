/** `reparam verify` and `reparam bench` for TensorFlow.js models. */

import { resolve } from 'node:path';
import { type BenchOptions, benchModels, type VerifyOptions, type VerifyReport, verify } from '@reparam/tfjs';
import { readModelFolder } from '@reparam/tfjs/node';
import type { Io } from '../io.ts';
import type { Bench } from '../view/bench-view.ts';
import { type Backend, findTensorFlow } from './runtime.ts';

export async function verifyTfjs(
  a: string,
  b: string,
  options: VerifyOptions & { readonly backend?: Backend | undefined },
  io: Io,
): Promise<VerifyReport> {
  const [before, after] = [await readModelFolder(resolve(io.cwd, a)), await readModelFolder(resolve(io.cwd, b))];
  return await verify(await findTensorFlow(io.cwd, options.backend), before, after, options);
}

export async function benchTfjs(
  names: readonly string[],
  options: BenchOptions & { readonly backend?: Backend | undefined },
  io: Io,
): Promise<Bench> {
  const models = [];
  for (const name of names) models.push({ name, model: await readModelFolder(resolve(io.cwd, name)) });
  const report = await benchModels(await findTensorFlow(io.cwd, options.backend), models, options);
  const bytes = models.map(({ model }) => {
    const { weightData = [], ...rest } = model;
    const data = (Array.isArray(weightData) ? weightData : [weightData]).reduce(
      (sum, part) => sum + part.byteLength,
      0,
    );
    return data + JSON.stringify(rest).length;
  });
  const measured = report.models.map((model, index) => ({ ...model, bytes: bytes[index]! }));
  return { ...report, threads: null, optimization: 'all', models: measured };
}
