/** When a fused layer quantizes worse than its branches did, and what helps by how much. */
import type { FusionQuality, TensorQuality, WeightQuality } from '@reparam/core/quantize';

/** Decibels: three double the noise. A single channel varies more than the whole. */
const NOTABLE: TensorQuality = { perTensor: 3, worstChannel: 6 };

/** Normal weights keep this much, and are quantized without a thought. */
const USUAL: TensorQuality = { perTensor: 40, worstChannel: 30 };

const MEASURES = ['perTensor', 'worstChannel'] as const;

/** null where fusing loses nothing, or leaves what is usual. */
export function adviseOn({ before, after, keptNorm }: FusionQuality): string | null {
  if (!before || !after) return null;
  const key = MEASURES.find((measure) => after[measure] < USUAL[measure] && isBetter(before, after, measure));
  if (!key) return null;
  const what = `with one int8 scale per tensor its ${key === 'perTensor' ? 'weights have' : 'weakest channel has'}`;
  const ratios = `${decibels(after[key])} signal to noise, and ${decibels(before[key])} before fusing`;
  return `${what} ${ratios} (${causesOf(after)}): ${remediesFor(after, keptNorm, key).join('; or ')}`;
}

/** By enough to speak of. */
function isBetter(better: TensorQuality, than: TensorQuality, measure: keyof TensorQuality): boolean {
  return better[measure] - than[measure] >= NOTABLE[measure];
}

function causesOf({ rangeRatio, kurtosis }: WeightQuality): string {
  const far = `few weights lie far out, kurtosis ${kurtosis.toFixed(1)}`;
  const wide = `its widest channel is ${rangeRatio.toFixed(1)} times as wide as the middle one`;
  if (kurtosis < 9) return wide;
  return rangeRatio < 3 ? far : `${far}; ${wide}`;
}

function remediesFor(after: WeightQuality, keptNorm: TensorQuality | null, key: keyof TensorQuality): string[] {
  const remedies: string[] = [];
  if (after.perChannel - after[key] >= NOTABLE[key])
    remedies.push(`quantize per channel (${decibels(after.perChannel)})`);
  if (keptNorm && isBetter(keptNorm, after, key))
    remedies.push(`keep its normalization and train quantization-aware: --keep norm (${decibels(keptNorm[key])})`);
  if (remedies.length === 0) remedies.push('equalize its ranges with those of the next layer (arXiv:1906.04721)');
  return [...remedies, 'train a block that fuses evenly, as QARepVGG (arXiv:2212.01593)'];
}

function decibels(ratio: number): string {
  return `${ratio.toFixed(1)} dB`;
}
