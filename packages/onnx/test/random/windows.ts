/** Random convolutions and poolings. */
import type { Attributes, Make, RandomWriter } from './writer.ts';

/** Window attributes of kernel size `kernel`, and the sizes it gives; null where there is no output. */
export function window(
  writer: RandomWriter,
  sizes: readonly number[],
  { dilates = true, pool = false }: { dilates?: boolean; pool?: boolean } = {},
): { kernel: number[]; attributes: Attributes; out: number[] } | null {
  const same = writer.chance(0.6);
  const stride = !same && writer.chance(0.6) ? 2 : 1;
  const kernel: number[] = [];
  const strides: number[] = [];
  const dilations: number[] = [];
  const begin: number[] = [];
  const end: number[] = [];
  const out: number[] = [];
  const automatic = writer.chance(0.15) ? writer.pick(['SAME_UPPER', 'SAME_LOWER', 'VALID']) : null;
  for (const size of sizes) {
    const k = writer.pick([1, 1, 2, 3, 3, 3, 5]);
    const s = stride > 1 && writer.chance(0.15) ? writer.pick([1, 3]) : stride;
    const d = dilates && !automatic && k > 1 && writer.chance(0.2) ? 2 : 1;
    const span = d * (k - 1);
    const most = pool ? k - 1 : span + 1;
    let b = same ? Math.floor(span / 2) : writer.int(0, Math.min(3, most));
    let e = same ? span - b : writer.chance(0.7) ? b : writer.int(0, Math.min(3, most));
    if (same && writer.chance(0.15)) [b, e] = [e, b];
    if (automatic === 'VALID') [b, e] = [0, 0];
    let o = Math.floor((size + b + e - span - 1) / s) + 1;
    if (automatic?.startsWith('SAME')) o = Math.ceil(size / s);
    if (o < 1 || (pool && (b >= k || e >= k))) return null;
    kernel.push(k);
    strides.push(s);
    dilations.push(d);
    begin.push(b);
    end.push(e);
    out.push(o);
  }
  const attributes: Attributes = { kernel_shape: kernel };
  if (strides.some((s) => s > 1) || writer.chance(0.5)) attributes.strides = strides;
  if (dilations.some((d) => d > 1) || (dilates && writer.chance(0.3))) attributes.dilations = dilations;
  if (automatic) attributes.auto_pad = automatic;
  else if (begin.concat(end).some((p) => p > 0) || writer.chance(0.5)) attributes.pads = [...begin, ...end];
  return { kernel, attributes, out };
}

const divisors = (a: number, b: number) =>
  Array.from({ length: Math.min(a, b) }, (_, i) => i + 1).filter((g) => a % g === 0 && b % g === 0);

export const conv: Make = (writer, value) => {
  const [batch, channels, ...sizes] = value.dims as [number, number, ...number[]];
  if (sizes.length < 1 || sizes.length > 3) return;
  const found = window(writer, sizes);
  if (!found) return;
  const outputs = writer.chance(0.6) ? channels : writer.int(1, 6);
  const group = writer.pick(divisors(channels, outputs));
  const { kernel, attributes, out } = found;
  const weight = writer.constant(
    [outputs, channels / group, ...kernel],
    scaled(writer, (channels / group) * kernel.reduce((a, b) => a * b, 1)),
  );
  const bias = writer.chance(0.5) ? [writer.constant([outputs])] : [];
  if (group > 1 || writer.chance(0.3)) attributes.group = group;
  if (writer.chance(0.3)) delete attributes.kernel_shape;
  writer.add('Conv', [value.name, weight, ...bias], [batch, outputs, ...out], attributes);
};

/** Weights whose sums stay near 1. */
export function scaled(writer: RandomWriter, count: number): () => number {
  return () => (writer.random() * 2 - 1) * Math.sqrt(3 / count);
}

export const convTranspose: Make = (writer, value) => {
  const [batch, channels, ...sizes] = value.dims as [number, number, ...number[]];
  if (sizes.length < 1 || sizes.length > 2) return;
  const group = writer.pick(divisors(channels, channels));
  const perGroup = writer.int(1, 3);
  const stride = writer.pick([1, 1, 2, 2, 3]);
  const kernel = sizes.map(() => writer.int(1, 3));
  const dilation = writer.chance(0.2) ? 2 : 1;
  const pads = kernel.map((k) => writer.int(0, Math.min(1, dilation * (k - 1))));
  const extra = writer.chance(0.3) ? writer.int(0, Math.max(stride, dilation) - 1) : 0;
  const out = sizes.map((size, i) => stride * (size - 1) + dilation * (kernel[i]! - 1) + 1 - 2 * pads[i]! + extra);
  if (out.some((size) => size < 1)) return;
  const weight = writer.constant([channels, perGroup, ...kernel], scaled(writer, channels / group));
  const bias = writer.chance(0.5) ? [writer.constant([perGroup * group])] : [];
  const attributes: Attributes = { strides: sizes.map(() => stride), pads: [...pads, ...pads], group };
  if (dilation > 1) attributes.dilations = sizes.map(() => dilation);
  if (extra > 0) attributes.output_padding = sizes.map(() => extra);
  writer.add('ConvTranspose', [value.name, weight, ...bias], [batch, perGroup * group, ...out], attributes);
};

/** Whether some run has nothing to pool: ONNX Runtime dies of it. */
export function mayBeEmpty({ hasFreeSizes }: RandomWriter, sizes: readonly number[]): boolean {
  return hasFreeSizes && sizes.some((size) => size < 2);
}

export const pool: Make = (writer, value) => {
  const [batch, channels, ...sizes] = value.dims as [number, number, ...number[]];
  if (sizes.length < 1 || sizes.length > 3 || mayBeEmpty(writer, sizes)) return;
  const most = writer.chance(0.12);
  const found = window(writer, sizes, { dilates: !most && writer.opset >= 19, pool: true });
  if (!found) return;
  const { attributes } = found;
  let { out } = found;
  if (!most && writer.chance(0.6)) attributes.count_include_pad = 1;
  // With automatic padding ONNX Runtime infers another size than it computes, and may share memory by it.
  if (writer.opset >= 10 && writer.chance(0.2) && !attributes.auto_pad) {
    attributes.ceil_mode = 1;
    const pads = (attributes.pads as number[] | undefined) ?? sizes.flatMap(() => [0, 0]);
    const strides = (attributes.strides as number[] | undefined) ?? sizes.map(() => 1);
    const dilations = (attributes.dilations as number[] | undefined) ?? sizes.map(() => 1);
    out = sizes.map((size, i) => {
      const reach = size + pads[i]! + pads[i + sizes.length]! - dilations[i]! * (found.kernel[i]! - 1) - 1;
      const outputs = Math.ceil(reach / strides[i]!) + 1;
      return (outputs - 1) * strides[i]! >= size + pads[i]! ? outputs - 1 : outputs;
    });
  }
  writer.add(most ? 'MaxPool' : 'AveragePool', [value.name], [batch, channels, ...out], attributes);
};
