/** Options and report of `expandModel` and `insertNorms`. */
import type { ReparameterizeOptions } from '../options.ts';
import type { Fusion, Report } from '../report.ts';

/** As of `reparameterize`; `only` and `skip` choose the layers. */
export type LayerOptions = Pick<
  ReparameterizeOptions,
  'shapes' | 'only' | 'skip' | 'proof' | 'seed' | 'dryRun' | 'onProgress' | 'signal'
>;

/** A layer, and the nodes that now compute the same. */
export type Expansion = Fusion;

export interface ExpandReport extends Omit<Report, 'fusions'> {
  readonly expansions: readonly Expansion[];
}

export interface Expanded {
  /** The new model's file; the input's own bytes where nothing was expanded, empty with `dryRun`. */
  readonly model: Uint8Array;
  readonly report: ExpandReport;
}
