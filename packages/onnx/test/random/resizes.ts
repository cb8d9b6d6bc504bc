/** Random operators that give maps other sizes: resized, repeated, widened, traded between channels and positions. */
import { DataType } from '../../src/elements/data-type.ts';
import type { Attributes, Known, Make, RandomWriter } from './writer.ts';

const SCALES = [2, 2, 2, 3, 0.5, 0.5, 1.5, 0.75, 2.4, 1];

/** Upsample before opset 10, Resize from there on, by scales or sizes. */
export const resize: Make = (writer, value) => {
  const { dims } = value;
  if (dims.length < 3 || dims.length > 4) return;
  const grows = writer.opset < 10;
  const scaled = dims.map((_, axis) => axis >= 2 && writer.chance(0.85));
  const scales = dims.map((_, axis) => (scaled[axis] ? Math.max(writer.pick(SCALES), grows ? 1 : 0) : 1));
  const mode = writer.pick(['nearest', 'nearest', 'linear', 'linear', ...(grows || dims.length < 4 ? [] : ['cubic'])]);
  const out = dims.map((size, axis) => Math.floor(size * scales[axis]!));
  if (out.includes(0)) return;
  if (writer.opset >= 11) return resizeBy(writer, value, scales, mode);
  if (writer.opset < 9) writer.add('Upsample', [value.name], out, { mode, scales: { floats: scales } });
  else writer.add(grows ? 'Upsample' : 'Resize', [value.name, floats(writer, scales)], out, { mode });
};

/** As opset 11 and later ones have it. */
function resizeBy(writer: RandomWriter, value: Known, scales: readonly number[], mode: string): void {
  const { dims } = value;
  const { opset } = writer;
  const place = writer.pick([
    ...['half_pixel', 'half_pixel', 'asymmetric', 'asymmetric', 'align_corners', 'pytorch_half_pixel'],
    ...(opset < 13 ? ['tf_half_pixel_for_nn'] : []),
    ...(opset >= 19 ? ['half_pixel_symmetric'] : []),
    ...(mode === 'cubic' ? [] : ['tf_crop_and_resize']),
  ]);
  const attributes: Attributes = { mode };
  if (place !== 'half_pixel' || writer.chance(0.5)) attributes.coordinate_transformation_mode = place;
  if (mode === 'nearest' && writer.chance(0.6))
    attributes.nearest_mode = writer.pick(['round_prefer_floor', 'round_prefer_ceil', 'floor', 'ceil']);
  if (mode === 'cubic' && writer.chance(0.3)) attributes.cubic_coeff_a = { float: -0.5 };
  if (mode === 'cubic' && writer.chance(0.3)) attributes.exclude_outside = 1;
  let axes = dims.map((_, axis) => axis);
  if (opset >= 18 && writer.chance(0.3)) {
    axes = axes.slice(2);
    attributes.axes = axes.map((axis) => (writer.chance(0.3) ? axis - dims.length : axis));
  }
  const empty = () => (opset < 13 ? floats(writer, []) : '');
  const isCropped = place === 'tf_crop_and_resize';
  if (opset >= 18 && mode !== 'nearest' && !isCropped && writer.chance(0.3)) attributes.antialias = 1;
  const [starts, ends] = [axes.map((axis) => (axis < 2 ? 0 : 0.25)), axes.map((axis) => (axis < 2 ? 1 : 1.25))];
  const region = isCropped ? floats(writer, [...starts, ...ends]) : empty();
  const out = dims.map((size, axis) => Math.max(1, Math.floor(size * scales[axis]!)));
  if (isCropped && writer.chance(0.5)) attributes.extrapolation_value = { float: writer.pick([0.5, 2]) };
  if (isCropped || writer.chance(0.4)) {
    if (opset >= 18 && !isCropped && writer.chance(0.15)) {
      const isLarger = writer.chance(0.5);
      attributes.keep_aspect_ratio_policy = isLarger ? 'not_smaller' : 'not_larger';
      const all = axes.map((axis) => out[axis]! / dims[axis]!);
      const common = isLarger ? Math.max(...all) : Math.min(...all);
      const sizes = sizesFor(writer, value, axes, out, scales);
      const kept = dims.map((size, axis) => (axes.includes(axis) ? Math.max(1, Math.round(common * size)) : size));
      writer.add('Resize', [value.name, region, empty(), sizes], kept, attributes);
      return;
    }
    writer.add('Resize', [value.name, region, empty(), sizesFor(writer, value, axes, out, scales)], out, attributes);
    return;
  }
  const list = axes.map((axis) => scales[axis]!);
  writer.add('Resize', [value.name, region, floats(writer, list)], out, attributes);
}

/** The sizes of the result as a list: known, or as exporters compute them from those of the map. */
function sizesFor(
  writer: RandomWriter,
  value: Known,
  axes: readonly number[],
  out: readonly number[],
  scales: readonly number[],
): string {
  const known = axes.map((axis) => out[axis]!);
  if (writer.chance(writer.hasFreeSizes ? 0.2 : 0.6)) return writer.list(known);
  const sizes = writer.add('Shape', [value.name], null);
  const part = (from: number, to: number) =>
    writer.add('Slice', [sizes, writer.list([from]), writer.list([to]), writer.list([0])], null);
  let map = writer.list(out.slice(2));
  if (scales.every(Number.isInteger) && writer.chance(0.7))
    map = writer.add('Mul', [part(2, out.length), writer.list(scales.slice(2))], null);
  return axes[0] === 0 ? writer.add('Concat', [part(0, 2), map], null, { axis: 0 }) : map;
}

/** A list in float32, whatever the type of the graph. */
function floats(writer: RandomWriter, values: readonly number[]): string {
  const name = writer.name('floats');
  writer.tensors.push({ name, dims: [values.length], values, type: DataType.FLOAT, byNode: writer.chance(0.3) });
  return name;
}

export const tile: Make = (writer, value) => {
  const repeats = value.dims.map((_, axis) => (writer.chance(axis === 1 ? 0.5 : 0.3) ? writer.int(1, 3) : 1));
  const out = value.dims.map((size, axis) => size * repeats[axis]!);
  writer.add('Tile', [value.name, writer.list(repeats)], out);
};

/** Along axes of size 1, or along new ones. */
export const expand: Make = (writer, value) => {
  const { dims } = value;
  if (writer.opset < 8) return;
  const target = dims.map((size) => (size === 1 && writer.chance(0.6) ? writer.int(1, 4) : 1));
  const out = dims.map((size, axis) => Math.max(size, target[axis]!));
  if (dims.length < 5 && (writer.chance(0.2) || out.join() === dims.join())) {
    const lead = writer.int(1, 2);
    writer.add('Expand', [value.name, writer.list([lead, ...target])], [lead, ...out]);
  } else writer.add('Expand', [value.name, writer.list(target)], out);
};

/** Between channels and positions, there or back. */
export const blocks: Make = (writer, value) => {
  const [batch, channels, ...map] = value.dims as [number, number, ...number[]];
  if (map.length !== 2) return;
  const block = writer.pick([1, 2, 2, 3]);
  const [height, width] = map as [number, number];
  if (channels % block ** 2 === 0 && (writer.opset < 11 || writer.chance(0.8))) {
    const out = [batch, channels / block ** 2, height * block, width * block];
    const mode: Attributes = writer.opset >= 11 && writer.chance(0.6) ? { mode: writer.pick(['CRD', 'DCR']) } : {};
    writer.add('DepthToSpace', [value.name], out, { blocksize: block, ...mode });
  } else if (height % block === 0 && width % block === 0) {
    const out = [batch, channels * block ** 2, height / block, width / block];
    writer.add('SpaceToDepth', [value.name], out, { blocksize: block });
  }
};
