/** One random node, or a few that belong together, on values of a graph under way. */
import { activation, clip, quantized, slopes } from './activations.ts';
import { branches } from './branches.ts';
import { batchNorm, join, prelu, unary, withConstant } from './elementwise.ts';
import { gemm, matMul } from './matrices.ts';
import { average, island, regroup, ring, shuffle } from './movements.ts';
import { concat, gather, pad, reshape, slice, split, transpose } from './moves.ts';
import { axesOf, choice, gatherElements, gatherNd, scatter, topK, triangle } from './picks.ts';
import { cumulate, einsum, normalize, otherPool, reduce, softmax } from './reductions.ts';
import { blocks, expand, resize, tile } from './resizes.ts';
import { bySizes } from './sizes.ts';
import { conv, convTranspose, pool } from './windows.ts';
import type { Known, Make, RandomWriter } from './writer.ts';

/** Adds nodes; false where none fits. Graphs inside are at most two deep. */
export function randomNode(writer: RandomWriter): boolean {
  const make = pickMaker(writer);
  const value = writer.value();
  const before = writer.nodes.length;
  if (!value || value.dims.reduce((product, size) => product * size, 1) >= 20_000) return false;
  if (writer.shared.innerMakers.some(([, other]) => other === make)) make(writer, value);
  else makeTwins(writer, value, make);
  return writer.nodes.length > before;
}

/** Now and then the same twice, but for one number that was drawn. */
function makeTwins(writer: RandomWriter, value: Known, make: Make): void {
  const { draws } = writer.shared;
  const hasTwin = writer.chance(0.1);
  const drawn = draws.during(() => make(writer, value));
  if (!hasTwin || drawn.length === 0) return;
  const other = drawn.with(writer.int(0, drawn.length - 1), writer.random());
  draws.during(() => make(writer, value), other);
}

const MAKERS: readonly (readonly [weight: number, make: Make])[] = [
  [7, conv],
  [3, branches],
  [4, batchNorm],
  [4, withConstant],
  [5, join],
  [3, unary],
  [1, prelu],
  [3, pool],
  [2, pad],
  [2, slice],
  [3, split],
  [2, concat],
  [2, gather],
  [2, matMul],
  [2, gemm],
  [2, convTranspose],
  [1, transpose],
  [1, reshape],
  [1, average],
  [1, shuffle],
  [2, island],
  [1, regroup],
  [1, ring],
  [2, resize],
  [1, tile],
  [1, expand],
  [1, blocks],
  [0.5, gatherElements],
  [0.5, gatherNd],
  [0.5, topK],
  [1, scatter],
  [1, choice],
  [0.5, triangle],
  [1, axesOf],
  [1.5, reduce],
  [0.5, softmax],
  [1, normalize],
  [0.5, cumulate],
  [0.5, otherPool],
  [1, einsum],
  [1, activation],
  [1, clip],
  [0.5, slopes],
  [1, quantized],
  [3, bySizes],
];

function pickMaker(writer: RandomWriter): Make {
  const makers = writer.depth < 2 ? [...MAKERS, ...writer.shared.innerMakers] : MAKERS;
  let rest = writer.random() * makers.reduce((sum, [weight]) => sum + weight, 0);
  for (const [weight, make] of makers) {
    rest -= weight;
    if (rest < 0) return make;
  }
  return conv;
}
