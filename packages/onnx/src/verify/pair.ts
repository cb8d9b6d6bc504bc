/** Two models, and how to run them. */

import type { TensorData } from '@reparam/core/verify';
import type { OpenInput, Probe } from './model-input.ts';
import type { Runtime } from './runtime.ts';
import type { SessionOptions } from './session.ts';

export interface Pair {
  readonly first: OpenInput;
  readonly second: OpenInput;
  readonly runtime: Runtime;
  readonly options: SessionOptions;
  readonly tolerance: number;
}

export type Feeds = Readonly<Record<string, TensorData>>;

/** The values that a probe names, but for those that are no tensors. */
export async function runFor(
  { runtime, options }: Pair,
  { load }: OpenInput,
  feeds: Feeds,
  probe: Probe,
): Promise<Record<string, TensorData>> {
  const session = await load(runtime, options, probe);
  try {
    const isAsked = new Set(probe.outputs);
    const tensors = session.outputs.flatMap(({ name, type }) => (type !== null && isAsked.has(name) ? [name] : []));
    return await session.run(feeds, tensors);
  } finally {
    await session.release();
  }
}
