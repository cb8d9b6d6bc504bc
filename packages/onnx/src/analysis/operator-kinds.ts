/** Kinds of operators by their names. */

/** Operators that move their inputs' elements and compute nothing. */
export const MOVERS: ReadonlySet<string> = new Set([
  'Concat',
  'Expand',
  'Flatten',
  'Gather',
  'Identity',
  'Pad',
  'Reshape',
  'ScatterND',
  'Slice',
  'Split',
  'Squeeze',
  'Tile',
  'Transpose',
  'Unsqueeze',
  'Where',
]);

/** Movers that keep every element: see `lift/moved.ts`. */
export const REARRANGERS: ReadonlySet<string> = new Set([
  'Flatten',
  'Identity',
  'Reshape',
  'Squeeze',
  'Transpose',
  'Unsqueeze',
]);

/** Operators whose sizes follow from lists, blocks, operands or equations: see `resized-shapes.ts`. */
export const RESIZERS: ReadonlySet<string> = new Set(
  'DepthToSpace Einsum GatherElements GridSample GRU LSTM Resize RNN SpaceToDepth TopK Upsample'.split(' '),
);

/** QuantizeLinear and DynamicQuantizeLinear, and what other domains call so. */
export const QUANTIZER: RegExp = /^(Dynamic)?Quantize/;
