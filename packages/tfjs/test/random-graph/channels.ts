import { channels, type Maker, rank4 } from './sketch.ts';

export const concat: Maker = (sketch) => {
  const value = sketch.value((each) => channels(each) <= 6);
  if (!value) return false;
  const start = value.dims.slice(0, -1).join();
  const fits = sketch.values.filter((each) => each.dims.slice(0, -1).join() === start && channels(each) <= 6);
  const parts = [value, ...Array.from({ length: sketch.int(1, 2) }, () => sketch.pick(fits))];
  const axis = sketch.graph.list([sketch.chance(0.5) ? -1 : value.dims.length - 1], []);
  const total = parts.reduce((sum, part) => sum + channels(part), 0);
  sketch.make('ConcatV2', [...parts.map(({ name }) => name), axis], [...value.dims.slice(0, -1), total], {
    N: parts.length,
  });
  return true;
};

export const split: Maker = (sketch) => {
  const value = sketch.value((each) => channels(each) >= 2);
  if (!value) return false;
  const count = channels(value) % 2 === 0 && sketch.chance(0.6) ? 2 : channels(value);
  const axis = sketch.graph.list([value.dims.length - 1], []);
  const dims = [...value.dims.slice(0, -1), channels(value) / count];
  const name = sketch.graph.add('Split', [axis, value.name], { num_split: count });
  for (let part = 0; part < count; part++) sketch.values.push({ name: part === 0 ? name : `${name}:${part}`, dims });
  return true;
};

export const slice: Maker = (sketch) => {
  const value = sketch.value((each) => each.dims.length === 4 && channels(each) >= 2);
  if (!value) return false;
  const start = sketch.int(0, channels(value) - 1);
  const count = sketch.int(1, channels(value) - start);
  const crop = [1, 2].map((axis) => (value.dims[axis]! > 3 && sketch.chance(0.3) ? 1 : 0));
  if (sketch.chance(0.5)) {
    const begin = sketch.graph.list([0, crop[0]!, crop[1]!, start]);
    const size = sketch.graph.list([-1, -1, -1, count]);
    sketch.make(
      'Slice',
      [value.name, begin, size],
      [value.dims[0]!, value.dims[1]! - crop[0]!, value.dims[2]! - crop[1]!, count],
    );
    return true;
  }
  const masks = { begin_mask: 1, end_mask: 1, ellipsis_mask: 0, new_axis_mask: 0, shrink_axis_mask: 0 };
  const end = crop.map((size) => -size);
  const lists = [
    [0, 0, 0, start],
    [0, ...end, start + count],
    [1, 1, 1, 1],
  ].map((list) => sketch.graph.list(list));
  const toEnd = end.reduce((mask, size, axis) => (size === 0 ? mask | (2 << axis) : mask), 1);
  sketch.make(
    'StridedSlice',
    [value.name, ...lists],
    [value.dims[0]!, value.dims[1]! - crop[0]!, value.dims[2]! - crop[1]!, count],
    { ...masks, end_mask: toEnd },
  );
  return true;
};

export const pad: Maker = (sketch) => {
  const value = sketch.value(rank4);
  if (!value || value.dims[1]! > 9) return false;
  const sides = [
    0,
    0,
    sketch.int(0, 2),
    sketch.int(0, 1),
    sketch.int(0, 1),
    sketch.int(0, 2),
    0,
    sketch.chance(0.1) ? 1 : 0,
  ];
  const dims = value.dims.map((size, axis) => size + sides[2 * axis]! + sides[2 * axis + 1]!);
  const paddings = sketch.graph.list(sides, [4, 2]);
  if (sketch.chance(0.6)) sketch.make('Pad', [value.name, paddings], dims, {});
  else sketch.make('PadV2', [value.name, paddings, sketch.graph.constant([], [sketch.pick([0, 0, 1])])], dims, {});
  return true;
};
