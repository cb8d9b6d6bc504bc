/** Lifts what only moves data: on maps of fixed size as `traced.ts` does, on those of free size by their pieces. */
import { pointAxis } from '@reparam/core';
import { isFloat } from '../analysis/constant.ts';
import { MOVERS, REARRANGERS } from '../analysis/operator-kinds.ts';
import { sizeForm } from '../analysis/piecewise/form.ts';
import { piecewiseReader } from '../analysis/piecewise/read.ts';
import { readWindow } from '../analysis/piecewise/window.ts';
import type { Scope } from '../analysis/scope.ts';
import type { OnnxNode } from '../proto/node.ts';
import type { Lift, NamedAffine } from './context.ts';
import { filledWindow } from './filled-window.ts';
import { liftTraced } from './traced.ts';

export const liftFree: Lift = (node, scope) => {
  if (!MOVERS.has(node.opType) || !isFloat(scope.elementType(node.outputs[0]!))) return null;
  const fixed = liftTraced(node, scope);
  if (fixed) return fixed;
  const definitions = node.outputs.map((name) => {
    const definition = name === '' ? null : readPieces(name, node, scope);
    return definition ? [definition] : [];
  });
  return definitions.every((list) => list.length > 0) ? definitions : null;
};

function readPieces(name: string, node: OnnxNode, scope: Scope): NamedAffine | null {
  const rank = scope.shape(name)?.length ?? 0;
  if (rank < 3 || rank > 5 || scope.shape(name)!.every((size) => typeof size === 'number')) return null;
  const { read, least } = piecewiseReader(scope);
  const map = read(name);
  if (!map || (map.pieces.length === 1 && REARRANGERS.has(node.opType))) return null; // known as a movement
  const window = readWindow(map, (source) => scope.shape(source)?.map(sizeForm) ?? null, least);
  if (!window || window.source === name) return null;
  const { source, begin, end, channels, outside } = window;
  const axes = begin.slice(2).map((padBegin, index) => ({ ...pointAxis, padBegin, padEnd: end[index + 2]! }));
  return filledWindow(source, scope.shape(source)!, channels, axes, outside);
}
