/** Mean and variance of what layers give out, measured in ONNX Runtime: the statistics a normalization behind them has in training. */

import type { AbortSignalLike } from '@reparam/core/convert';
import {
  decodeTensor,
  type InputOptions,
  type InputShapes,
  isFloat,
  makeFeeds,
  type TensorData,
  usualShapes,
} from '@reparam/core/verify';
import type { LayerStatistics } from '../expand/insert-norms.ts';
import { nodeMatcher } from '../node-matcher.ts';
import type { OnnxModel } from '../proto/model.ts';
import { type ModelInput, type OpenInput, openInput } from './model-input.ts';
import { loadRuntime, type Runtime, type RuntimeKind } from './runtime.ts';
import type { Session } from './session.ts';

export interface MeasureOptions extends InputOptions {
  /** Only nodes whose name, output or operator type matches one of these; `skip` as well. Default: all that have weights. */
  readonly only?: readonly string[] | undefined;
  readonly skip?: readonly string[] | undefined;
  readonly shapes?: InputShapes | undefined;
  /** Runs with seeded inputs. Default 4; given inputs run once. */
  readonly samples?: number | undefined;
  readonly seed?: number | undefined;
  readonly runtime?: Runtime | RuntimeKind | undefined;
  /** A promise is awaited before the next run: time for whatever else waits, such as an interruption. */
  readonly onProgress?: ((progress: { readonly done: number; readonly total: number }) => unknown) | undefined;
  readonly signal?: AbortSignalLike | undefined;
}

/** Values that are given out at once. */
const CHUNK = 32;

/**
 * Mean and variance of each channel of the outputs of Conv, Gemm and MatMul, by the name of the output. Give real inputs: for seeded ones the
 * statistics are only as real as those.
 *
 * @throws UnsupportedError if ONNX Runtime is not installed or cannot run the model; ShapeError for options that do not fit its inputs.
 * @example
 * const statistics = await measureStatistics('model.onnx', { inputs: { image: { type: 'float32', dims: [64, 3, 32, 32], data } } });
 * const { model } = await insertNorms(bytes, { statistics });
 */
export async function measureStatistics(
  input: ModelInput,
  options: MeasureOptions = {},
): Promise<Map<string, LayerStatistics>> {
  const { runtime: wanted } = options;
  const runtime = typeof wanted === 'object' ? wanted : await loadRuntime({ kind: wanted });
  const opened = await openInput(input);
  try {
    const names = valuesOf(opened.model, options);
    const measured = new Map<string, LayerStatistics>();
    for (let start = 0; start < names.length; start += CHUNK)
      await measureValues({ runtime, opened, options, measured }, names.slice(start, start + CHUNK));
    return measured;
  } finally {
    await opened.close();
  }
}

function valuesOf({ graph }: OnnxModel, { only, skip }: MeasureOptions): string[] {
  const [included, excluded] = [only && nodeMatcher(only), nodeMatcher(skip ?? [])];
  const layers = graph.nodes.filter(
    ({ opType, domain }) => domain === '' && ['Conv', 'Gemm', 'MatMul'].includes(opType),
  );
  return layers.filter((node) => !excluded(node) && (!included || included(node))).map(({ outputs }) => outputs[0]!);
}

interface Measurement {
  readonly runtime: Runtime;
  readonly opened: OpenInput;
  readonly options: MeasureOptions;
  readonly measured: Map<string, LayerStatistics>;
}

async function measureValues(
  { runtime, opened, options, measured }: Measurement,
  names: readonly string[],
): Promise<void> {
  const session = await opened.load(runtime, { optimization: 'disabled' }, { outputs: names });
  try {
    const tallies = new Map<string, ChannelTally>();
    const { onProgress, signal } = options;
    const runs = feedsOf(session, options);
    for (const [run, feeds] of runs.entries()) {
      await onProgress?.({ done: run, total: runs.length });
      if (signal?.aborted) throw signal.reason ?? new Error('The measurement was cancelled.');
      for (const [name, tensor] of Object.entries(await session.run(feeds, names))) addTensor(tallies, name, tensor);
    }
    for (const [name, tally] of tallies) measured.set(name, tally.finish());
  } finally {
    await session.release();
  }
}

function feedsOf({ inputs }: Session, options: MeasureOptions): Record<string, TensorData>[] {
  const given = Object.entries(options.inputs ?? {}).map(([name, { dims }]) => [name, dims]);
  const shapes = usualShapes(inputs, { ...options.shapes, ...Object.fromEntries(given) });
  const isGiven = inputs.every(({ name }) => options.inputs?.[name]);
  const seed = (options.seed ?? 0) * 7919;
  return Array.from({ length: isGiven ? 1 : (options.samples ?? 4) }, (_, run) =>
    makeFeeds(inputs, shapes, 'normal', seed + run, options),
  );
}

/** A value that is no float or has no channel axis has no statistics. */
function addTensor(tallies: Map<string, ChannelTally>, name: string, tensor: TensorData): void {
  const [batch, channels] = tensor.dims;
  if (!isFloat(tensor.type) || batch === undefined || channels === undefined) return;
  const tally = tallies.get(name) ?? new ChannelTally(channels);
  tallies.set(name, tally);
  const values = decodeTensor(tensor);
  const positions = values.length / (batch * channels);
  for (let block = 0; block < batch * channels; block++)
    tally.add(block % channels, values.subarray(block * positions, (block + 1) * positions));
}

/** Sums by channel, about each channel's first value, so that large means cost no digits. */
class ChannelTally {
  private readonly origin: (number | undefined)[];
  private readonly count: Float64Array;
  private readonly sum: Float64Array;
  private readonly squares: Float64Array;

  constructor(channels: number) {
    this.origin = new Array<number | undefined>(channels).fill(undefined);
    this.count = new Float64Array(channels);
    this.sum = new Float64Array(channels);
    this.squares = new Float64Array(channels);
  }

  add(channel: number, values: ArrayLike<number>): void {
    this.origin[channel] ??= values[0] ?? 0;
    const origin = this.origin[channel]!;
    for (let index = 0; index < values.length; index++) {
      const value = values[index]! - origin;
      this.sum[channel]! += value;
      this.squares[channel]! += value * value;
    }
    this.count[channel]! += values.length;
  }

  finish(): LayerStatistics {
    const offset = this.sum.map((sum, c) => sum / (this.count[c] || 1));
    return {
      mean: offset.map((value, c) => value + (this.origin[c] ?? 0)),
      variance: this.squares.map((squares, c) => Math.max(0, squares / (this.count[c] || 1) - offset[c]! ** 2)),
    };
  }
}
