/** Multiply-adds, parameters and operators of nodes and new parts. */
import { type Size, sizeAt } from '@reparam/core';
import type { Amount } from '@reparam/core/convert';
import type { ModelNode, ModelView, NewPart, Shape } from './model-view.ts';

/** Sizes that symbols stand for when amounts are counted. */
export interface AssumedSizes {
  readonly [symbol: string]: number;
}

/** One sample, and images of 224 pixels a side: what symbols of the inputs stand for. */
export function assumeSizes(view: ModelView): AssumedSizes {
  const assumed: Record<string, number> = {};
  for (const name of view.inputs) {
    view.shape(name)?.forEach((size: Size, axis: number) => {
      if (typeof size !== 'number') assumed[size.symbol] ??= axis === 0 ? 1 : 224;
    });
  }
  return assumed;
}

/** Number of elements; null where a size is unknown. */
function elementCount(shape: Shape | null, assumed: AssumedSizes): number | null {
  if (!shape) return null;
  let count = 1;
  for (const size of shape) {
    const known = typeof size === 'number' ? size : assumed[size.symbol];
    if (known === undefined) return null;
    count *= Math.max(0, sizeAt(size, known));
  }
  return count;
}

function times(elements: number | null, perElement: number): number | null {
  if (perElement === 0) return 0;
  return elements === null ? null : Math.round(elements * perElement);
}

export const noAmount: Amount = { macs: 0, parameters: 0, operators: 0 };

export function addAmounts(amounts: readonly Amount[]): Amount {
  return amounts.reduce(
    (sum, { macs, parameters, operators }) => ({
      macs: sum.macs === null || macs === null ? null : sum.macs + macs,
      parameters: sum.parameters + parameters,
      operators: sum.operators + operators,
    }),
    noAmount,
  );
}

/** Amount of the given nodes and of the weights they read, each weight counted once. */
export function amountOf(nodes: Iterable<ModelNode>, view: ModelView, assumed: AssumedSizes): Amount {
  const weights = new Map<string, number>();
  const parts = [...nodes].map((node): Amount => {
    for (const [name, count] of view.weightsOf(node)) weights.set(name, count);
    const macs = times(elementCount(view.shape(node.outputs[0]!), assumed), view.macsPerElement(node));
    return { macs, parameters: 0, operators: node.isLaterPart ? 0 : 1 };
  });
  return { ...addAmounts(parts), parameters: [...weights.values()].reduce((sum, count) => sum + count, 0) };
}

export function amountOfParts(parts: readonly NewPart[], assumed: AssumedSizes): Amount {
  return addAmounts(
    parts.map(({ shape, macsPerElement, weights }) => ({
      macs: times(elementCount(shape, assumed), macsPerElement),
      parameters: weights.reduce((sum, { spec }) => sum + spec.shape.reduce((product, size) => product * size, 1), 0),
      operators: 1,
    })),
  );
}

/** Operators by type, most frequent first. */
export function countTypes(nodes: readonly { readonly opType: string }[]): Record<string, number> {
  const counts = new Map<string, number>();
  for (const { opType } of nodes) counts.set(opType, (counts.get(opType) ?? 0) + 1);
  return Object.fromEntries([...counts].sort(([a, x], [b, y]) => y - x || (a < b ? -1 : 1)));
}
