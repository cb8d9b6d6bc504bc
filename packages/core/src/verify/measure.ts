/** Times of models that run in turn: medians, quartiles and ratios. */

import type { AbortSignalLike } from '../convert/options.ts';

declare const performance: { now(): number };

/** Times in milliseconds. */
export interface BenchResult {
  readonly name: string;
  /** Median latency of one run. */
  readonly median: number;
  /** First and third quartile of the latency. */
  readonly quartiles: readonly [number, number];
  /** Median of how much longer a run took than the first model's run just before it; below 1 is faster. */
  readonly ratio: number;
  /** Median time to load the model. */
  readonly load: number;
}

export interface MeasureInTurnOptions {
  /** Runs of each model. Default: as many as fit in `seconds`, at least 5. */
  readonly runs?: number | undefined;
  /** Time for all measured runs together. Default 3. */
  readonly seconds?: number | undefined;
  /** Runs of each model that are not measured. Default 3. */
  readonly warmup?: number | undefined;
  /** Share of the runs that are done, before each round. A promise is awaited, and its time is not measured. */
  readonly onProgress?: ((progress: { readonly done: number; readonly total: number }) => unknown) | undefined;
  readonly signal?: AbortSignalLike | undefined;
}

/** Times of each model, run in turn. */
export async function measureInTurn(
  count: number,
  run: (index: number) => Promise<number>,
  { runs, seconds = 3, warmup = 3, onProgress, signal }: MeasureInTurnOptions,
): Promise<number[][]> {
  const times = Array.from({ length: count }, (): number[] => []);
  let start = performance.now();
  const enough = (round: number) =>
    runs === undefined ? round >= 5 && performance.now() - start > seconds * 1000 : round >= Math.max(1, runs);
  const doneAt = (round: number) =>
    runs === undefined ? Math.min((performance.now() - start) / (seconds * 1000), 1) : round / runs;
  for (let round = -warmup; round < 0 || !enough(round); round++) {
    await onProgress?.({ done: round <= 0 ? 0 : doneAt(round), total: 1 });
    if (signal?.aborted) throw signal.reason ?? new Error('The measurement was cancelled.');
    if (round === 0) start = performance.now();
    for (let index = 0; index < count; index++) {
      const time = await run(index);
      if (round >= 0) times[index]!.push(time);
    }
  }
  return times;
}

export async function timeOf(action: () => Promise<unknown>): Promise<number> {
  const start = performance.now();
  await action();
  return performance.now() - start;
}

export function resultOf(
  name: string,
  times: readonly number[],
  base: readonly number[],
  loads: readonly number[],
): BenchResult {
  return {
    name,
    median: quantile(times, 0.5),
    quartiles: [quantile(times, 0.25), quantile(times, 0.75)],
    ratio: quantile(
      times.map((time, round) => time / base[round]!),
      0.5,
    ),
    load: quantile(loads, 0.5),
  };
}

/** With linear interpolation between the two nearest values. */
function quantile(values: readonly number[], share: number): number {
  const sorted = [...values].sort((first, second) => first - second);
  const place = share * (sorted.length - 1);
  const below = sorted[Math.floor(place)]!;
  return below + (sorted[Math.ceil(place)]! - below) * (place % 1);
}
