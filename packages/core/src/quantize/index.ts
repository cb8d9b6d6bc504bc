/** What quantizing weights costs, before and after a fusion, by simulation. */
export {
  type FusionQuality,
  type MeasuredRewrite,
  measureFusion,
  measureOperator,
  type TensorQuality,
  type WeightQuality,
} from './fusion-quality.ts';
export { type QuantizeOptions, quantizeWeights } from './quantize-weights.ts';
export { measureSpread, type WeightSpread } from './weight-spread.ts';
