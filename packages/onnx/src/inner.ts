/** What is known of graphs inside of others, and of what quantizers read: loaded for models that have such. */
export { openInner } from './analysis/inner-reader.ts';
export { listRegions } from './analysis/list-regions.ts';
export { valuesBeforeQuantizers } from './analysis/quantizers.ts';
export { scanOutputs } from './analysis/scan-outputs.ts';
