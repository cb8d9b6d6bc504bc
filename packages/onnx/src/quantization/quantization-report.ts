/** How well the weights of a model quantize. Plain data; in JSON, null decibels mean that nothing is lost. */
import type { TensorQuality, WeightQuality } from '@reparam/core/quantize';

/** One operator with weights of the deploy model, or what a fusion makes of several. */
export interface LayerQuantization {
  /** The value it computes. */
  readonly name: string;
  readonly opType: string;
  /** Nodes that are merged into it; 0 for one that stands as it did. */
  readonly merged: number;
  /** Of the nodes it is merged from, all but their weights exact; null for one that stands as it did. */
  readonly before: WeightQuality | null;
  readonly after: WeightQuality;
  /** With `keep: ['norm']`; null where there is no normalization to keep. */
  readonly keptNorm: TensorQuality | null;
  /** What to do where it quantizes worse than before; null where it does not. */
  readonly advice: string | null;
}

export interface QuantizationReport {
  /** In graph order. */
  readonly layers: readonly LayerQuantization[];
}
