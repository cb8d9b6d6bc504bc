import type { GraphSketch, Maker } from './sketch.ts';

/** Axes taken apart, put together, reordered, averaged over, or resized. */
export const movement: Maker = (sketch) => {
  const value = sketch.value();
  if (!value) return false;
  const { dims, name } = value;
  const kind = sketch.pick([
    'mean',
    'mean',
    'transpose',
    'regroup',
    'regroup',
    'squeeze',
    'expand',
    'resize',
    'resize',
  ]);
  if (kind === 'mean') {
    const spatial = dims.map((_, axis) => axis).slice(1, -1);
    const axes = sketch.chance(0.7) ? spatial : dims.map((_, axis) => axis).filter(() => sketch.chance(0.4));
    const keep = sketch.chance(0.4) || dims.length - axes.length < 2;
    if (axes.length === 0 || (axes.includes(0) && !keep)) return false;
    const listed = axes.map((axis) => (sketch.chance(0.2) ? axis - dims.length : axis));
    const left = dims.flatMap((size, axis) => (axes.includes(axis) ? (keep ? [1] : []) : [size]));
    sketch.make('Mean', [name, sketch.graph.list(listed)], left, { keep_dims: keep });
  } else if (kind === 'transpose') {
    const order = dims.map((_, axis) => axis);
    for (let at = order.length - 1; at > 1; at--) {
      const other = sketch.int(1, at);
      [order[at], order[other]] = [order[other]!, order[at]!];
    }
    sketch.make(
      'Transpose',
      [name, sketch.graph.list(order)],
      order.map((axis) => dims[axis]!),
    );
  } else if (kind === 'resize') {
    if (dims.length !== 4) return false;
    const size = [1, 2].map((axis) => (sketch.chance(0.3) ? dims[axis]! : sketch.int(1, 7)));
    const corners = sketch.chance(0.3);
    const flags = { align_corners: corners, half_pixel_centers: !corners && sketch.chance(0.5) };
    const op = sketch.pick(['ResizeBilinear', 'ResizeNearestNeighbor']);
    sketch.make(op, [name, sketch.graph.list(size)], [dims[0]!, ...size, dims[3]!], flags);
  } else if (kind === 'squeeze') {
    const gone = dims.flatMap((size, axis) => (axis > 0 && size === 1 ? [axis] : []));
    if (gone.length === 0 || dims.length - gone.length < 2) return false;
    sketch.make(
      'Squeeze',
      [name],
      dims.filter((_, axis) => !gone.includes(axis)),
      { squeeze_dims: gone },
    );
  } else if (kind === 'expand') {
    if (dims.length > 4) return false;
    const axis = sketch.int(1, dims.length);
    sketch.make('ExpandDims', [name, sketch.graph.list([axis], [])], [...dims.slice(0, axis), 1, ...dims.slice(axis)]);
  } else {
    const target = regrouped(sketch, dims.slice(1));
    sketch.make('Reshape', [name, sketch.graph.list([-1, ...target])], [dims[0]!, ...target]);
  }
  return true;
};

/** The same number of elements on other axes: neighbours joined, axes split, ones put in. */
function regrouped(sketch: GraphSketch, sizes: readonly number[]): number[] {
  const target = [...sizes];
  for (let change = sketch.int(1, 3); change > 0; change--) {
    const at = sketch.int(0, target.length - 1);
    const kind = sketch.int(0, 2);
    const parts = [2, 3, 4].filter((part) => target[at]! % part === 0 && target[at]! > part);
    if (kind === 0 && target.length > 1) {
      const start = Math.min(at, target.length - 2);
      target.splice(start, 2, target[start]! * target[start + 1]!);
    } else if (kind === 1 && parts.length > 0 && target.length < 4) {
      const part = sketch.pick(parts);
      target.splice(at, 1, ...(sketch.chance(0.5) ? [part, target[at]! / part] : [target[at]! / part, part]));
    } else if (target.length < 4) target.splice(at, 0, 1);
  }
  return target;
}

/** A node that another must wait for. */
export const awaited: Maker = (sketch) => {
  const [value, other] = [sketch.value(), sketch.value()];
  if (!value || !other) return false;
  sketch.make('Identity', [value.name, `^${other.name.split(':')[0]}`], value.dims);
  return true;
};
