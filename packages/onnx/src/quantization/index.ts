/** What int8 leaves of a model's weights, before and after each fusion. */
export { measureQuantization, type QuantizationOptions } from './measure-quantization.ts';
export type { LayerQuantization, QuantizationReport } from './quantization-report.ts';
