/** Random operators that only move data. */
import { batchNorm, unary, unshared, withConstant } from './elementwise.ts';
import { conv } from './windows.ts';
import type { Attributes, Known, Make, RandomWriter } from './writer.ts';

export const pad: Make = (writer, value) => {
  const rank = value.dims.length;
  const touched = value.dims.map((_, axis) => (axis >= 2 ? writer.chance(0.7) : axis === 1 && writer.chance(0.1)));
  const draw = (axis: number) => (touched[axis] ? writer.pick([0, 1, 1, 2, writer.chance(0.5) ? -1 : 0]) : 0);
  const [begin, end] = [value.dims.map((_, axis) => draw(axis)), value.dims.map((_, axis) => draw(axis))];
  const out = value.dims.map((size, axis) => size + begin[axis]! + end[axis]!);
  if (out.some((size) => size < 1)) return;
  const mode = writer.chance(0.15) ? writer.pick(['reflect', 'edge']) : 'constant';
  const filled = writer.chance(0.2) ? writer.pick([1, 0]) : null;
  const attributes: Attributes = mode === 'constant' ? {} : { mode };
  if (writer.opset < 11) {
    attributes.pads = [...begin, ...end];
    if (filled !== null) attributes.value = { float: filled };
    writer.add('Pad', [value.name], out, attributes);
    return;
  }
  const fill = filled === null ? [] : [unshared(writer, [], () => filled)];
  if (writer.opset >= 18 && writer.chance(0.3)) {
    const axes = value.dims.map((_, axis) => axis).filter((axis) => touched[axis]);
    if (axes.length === 0) return;
    const pads = [...axes.map((axis) => begin[axis]!), ...axes.map((axis) => end[axis]!)];
    const counted = axes.map((axis) => (writer.chance(0.3) ? axis - rank : axis));
    writer.add('Pad', [value.name, writer.list(pads), fill[0] ?? '', writer.list(counted)], out, attributes);
  } else writer.add('Pad', [value.name, writer.list([...begin, ...end]), ...fill], out, attributes);
};

export const slice: Make = (writer, value) => {
  const rank = value.dims.length;
  const axes = value.dims.map((_, axis) => axis).filter((axis) => axis > 0 && writer.chance(axis === 1 ? 0.4 : 0.6));
  if (axes.length === 0) return;
  // ONNX Runtime infers other sizes than it computes, which only the main graph is judged without (`miscounts`).
  if (writer.opset === 10 && writer.hasFreeSizes && writer.depth > 0) return;
  const starts: number[] = [];
  const ends: number[] = [];
  const steps: number[] = [];
  const out = [...value.dims];
  for (const axis of axes) {
    const size = out[axis]!;
    const step = writer.opset >= 10 && writer.chance(0.3) ? writer.pick([2, 3, -1]) : 1;
    const start = writer.int(0, Math.min(2, size - 1));
    const crop = writer.int(0, Math.min(2, size - 1 - start));
    if (step > 0) {
      // Counted from the end, a start may lie behind an end that is counted from the front, where the size is free.
      const fromEnd = writer.chance(0.2);
      const last = fromEnd && writer.hasFreeSizes ? [2 ** 31 - 1, 1000] : [size, 2 ** 31 - 1, 1000];
      starts.push(fromEnd ? start - size : start);
      ends.push(crop === 0 ? writer.pick(last) : writer.chance(0.6) || fromEnd ? -crop : size - crop);
      out[axis] = Math.ceil((size - crop - start) / step);
    } else {
      starts.push(-1 - start);
      ends.push(writer.pick([-1000, -(2 ** 31)]));
      out[axis] = size - start;
    }
    steps.push(step);
  }
  const counted = axes.map((axis) => (writer.chance(0.2) ? axis - rank : axis));
  if (writer.opset < 10) writer.add('Slice', [value.name], out, { starts, ends, axes: counted });
  else {
    const stepped = steps.some((step) => step !== 1) || writer.chance(0.3);
    writer.add(
      'Slice',
      [
        value.name,
        ...[starts, ends, counted].map((list) => writer.list(list)),
        ...(stepped ? [writer.list(steps)] : []),
      ],
      out,
    );
  }
};

/** Splits channels, gives most parts an operator, and usually joins them again. */
export const split: Make = (writer, value) => {
  const rank = value.dims.length;
  if (rank < 2) return;
  const axis = writer.chance(0.8) || rank < 3 ? 1 : rank - 1;
  const size = value.dims[axis]!;
  if (size < 2) return;
  const equal = size % 2 === 0 && writer.chance(0.6);
  const first = equal ? size / 2 : writer.int(1, size - 1);
  const parts = [first, size - first];
  const outputs = parts.map(() => writer.name('v'));
  const attributes: Attributes = { axis };
  const inputs = [value.name];
  if (equal && writer.chance(0.5)) {
    if (writer.opset >= 18) attributes.num_outputs = 2;
  } else if (writer.opset < 13) attributes.split = parts;
  else inputs.push(writer.list(parts));
  writer.nodes.push({ op: 'Split', inputs, outputs, attributes });
  const made = outputs.map((name, place) => ({
    name,
    dims: value.dims.map((dim, index) => (index === axis ? parts[place]! : dim)),
  }));
  writer.values.push(...made);
  if (writer.chance(0.2)) return;
  const turned = made.map((part) => {
    const start = writer.values.length;
    if (writer.chance(0.7)) writer.pick([conv, batchNorm, withConstant, unary])(writer, part);
    return writer.values[start] ?? part;
  });
  concatOf(writer, writer.chance(0.85) ? turned : turned.reverse(), axis);
};

function concatOf(writer: RandomWriter, parts: readonly Known[], axis: number): void {
  const [first] = parts;
  const fits = parts.every(
    ({ dims }) =>
      dims.length === first!.dims.length && dims.every((size, index) => index === axis || size === first!.dims[index]),
  );
  if (!fits) return;
  const total = parts.reduce((sum, { dims }) => sum + dims[axis]!, 0);
  const at = writer.chance(0.2) ? axis - first!.dims.length : axis;
  writer.add(
    'Concat',
    parts.map(({ name }) => name),
    first!.dims.map((size, index) => (index === axis ? total : size)),
    { axis: at },
  );
}

export const concat: Make = (writer, value) => {
  if (value.dims.length < 2) return;
  const axis = writer.chance(0.8) ? 1 : value.dims.length - 1;
  const others = Array.from({ length: writer.int(1, 2) }, () =>
    writer.value(
      ({ dims }) =>
        dims.length === value.dims.length && dims.every((size, index) => index === axis || size === value.dims[index]),
    ),
  );
  concatOf(writer, [value, ...others.filter((other) => other !== undefined)], axis);
};

export const gather: Make = (writer, value) => {
  if (value.dims.length < 2) return;
  const axis = writer.chance(0.8) ? 1 : value.dims.length - 1;
  const size = value.dims[axis]!;
  const indices = Array.from({ length: writer.int(1, size) }, () =>
    writer.int(writer.opset >= 11 && writer.chance(0.2) ? -size : 0, size - 1),
  );
  if (writer.chance(0.6)) indices.sort((a, b) => a - b);
  const dims = value.dims.map((dim, index) => (index === axis ? indices.length : dim));
  writer.add('Gather', [value.name, writer.list(indices)], dims, { axis });
};

export const transpose: Make = (writer, value) => {
  const perm = value.dims.map((_, axis) => axis);
  const [a, b] = [writer.int(0, perm.length - 1), writer.int(0, perm.length - 1)];
  [perm[a], perm[b]] = [perm[b]!, perm[a]!];
  writer.add(
    'Transpose',
    [value.name],
    perm.map((axis) => value.dims[axis]!),
    { perm },
  );
};

export const reshape: Make = (writer, value) => {
  const count = value.dims.reduce((product, size) => product * size, 1);
  const [target, dims] = writer.pick<[number[], number[]]>([
    [
      [0, -1],
      [value.dims[0]!, count / value.dims[0]!],
    ],
    [value.dims.map(() => 0), [...value.dims]],
    [[...value.dims], [...value.dims]],
    [
      [0, 0, -1],
      [value.dims[0]!, value.dims[1]!, count / (value.dims[0]! * value.dims[1]!)],
    ],
  ]);
  if (value.dims.length >= target.filter((size) => size === 0).length)
    writer.add('Reshape', [value.name, writer.list(target)], dims);
};
