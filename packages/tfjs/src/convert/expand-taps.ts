/** Kernels as a framework can hold them: without dilation, taps that are stepped over become zeros. */
import { arrayOf, type Operator, readArray } from '@reparam/core';

/** The same operator with dilation 1. Weights must be at hand. */
export function withoutDilation(operator: Operator): Operator {
  if (operator.axes.every(({ dilation, kernel }) => dilation === 1 || kernel === 1)) return operator;
  const axes = operator.axes.map((axis) => ({
    ...axis,
    kernel: axis.dilation * (axis.kernel - 1) + 1,
    dilation: 1,
  }));
  const from = operator.axes.map(({ kernel }) => kernel);
  const to = axes.map(({ kernel }) => kernel);
  const places = tapPlaces(operator, to);
  const [before, after] = [count(from), count(to)];
  const weight = readArray(operator.weight);
  const expanded = new Float64Array((weight.length / before) * after);
  for (let row = 0; row < weight.length / before; row++) {
    for (let tap = 0; tap < before; tap++) expanded[row * after + places[tap]!] = weight[row * before + tap]!;
  }
  return { ...operator, axes, weight: arrayOf(expanded) };
}

/** Where each tap of the kernel goes in the larger one. */
function tapPlaces({ axes }: Operator, to: readonly number[]): number[] {
  let places = [0];
  axes.forEach(({ kernel, dilation }, axis) => {
    places = places.flatMap((place) =>
      Array.from({ length: kernel }, (_, k) => place * to[axis]! + k * (kernel === 1 ? 1 : dilation)),
    );
  });
  return places;
}

function count(kernel: readonly number[]): number {
  return kernel.reduce((product, size) => product * size, 1);
}
