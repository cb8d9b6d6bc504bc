/**
 * Which messages of onnx.proto hold which, and which fields the view reads.
 * https://github.com/onnx/onnx/blob/main/onnx/onnx.proto
 */

/** A kind of message: its child messages by field number, and its fields that are read into memory whatever their size. */
export interface MessageKind {
  readonly children: { readonly [field: number]: MessageKind };
  readonly needed: readonly number[];
}

/** Values over this many bytes stay in the file unless they are needed. */
export const LARGE: number = 64 * 1024;

/** The deepest nesting of graphs that is followed. */
export const DEEPEST_GRAPH = 64;

export const TENSOR: MessageKind = { children: {}, needed: [1, 8, 13] };
export const SPARSE_TENSOR: MessageKind = { children: { 1: TENSOR, 2: TENSOR }, needed: [3] };
export const ATTRIBUTE: MessageKind = {
  children: {
    5: TENSOR,
    get 6() {
      return GRAPH;
    },
    10: TENSOR,
    get 11() {
      return GRAPH;
    },
    22: SPARSE_TENSOR,
    23: SPARSE_TENSOR,
  },
  needed: [1, 7, 8, 9, 21],
};
export const NODE: MessageKind = { children: { 5: ATTRIBUTE }, needed: [1, 2, 3, 4, 7, 8] };
export const GRAPH: MessageKind = { children: { 1: NODE, 5: TENSOR, 15: SPARSE_TENSOR }, needed: [2, 11, 12, 13] };
export const TRAINING: MessageKind = { children: { 1: GRAPH, 2: GRAPH }, needed: [] };
export const FUNCTION: MessageKind = { children: { 7: NODE, 11: ATTRIBUTE }, needed: [1, 4, 5, 9, 10, 12, 13] };
export const MODEL: MessageKind = { children: { 7: GRAPH, 20: TRAINING, 25: FUNCTION }, needed: [2, 3, 8] };
/** A group: never part of ONNX, skipped whole. */
export const UNKNOWN: MessageKind = { children: {}, needed: [] };
