/** The way back: deploy models into train-time ones that are equal to them. */

export type { BlockKind } from '@reparam/core/expand';
export { type ExpandModelOptions, expandModel } from './expand-model.ts';
export type { Expanded, ExpandReport, Expansion, LayerOptions } from './expand-report.ts';
export { type InsertNormsOptions, insertNorms, type LayerStatistics } from './insert-norms.ts';
