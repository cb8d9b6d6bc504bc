/** A model of either kind, opened: what is converted, and how the results go back into it. */
import type { JsonObject } from '../json.ts';
import type { ModelView, ViewEdits } from './model-view.ts';

export interface OpenedModel {
  /** The model itself, then those nested in it. */
  readonly views: readonly ModelView[];
  inputNames(): readonly string[];
  /** The new topology; one entry of edits for each view. */
  rebuild(edits: readonly ViewEdits[]): JsonObject;
  /** Names of weights that nothing reads any more. */
  removedWeights(edits: readonly ViewEdits[]): ReadonlySet<string>;
}
