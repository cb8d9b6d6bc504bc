/** Products of constants: MatMul, Gemm, Einsum and Conv. Accumulated in float64. */
import { convOf, derivedArray, evaluate, type LazyArray, readArray } from '@reparam/core';
import type { OnnxNode } from '../../proto/node.ts';
import { floatAttribute, intAttribute, stringAttribute } from '../attributes.ts';
import { broadcastDims, elementwise } from '../broadcast.ts';
import { type Constant, countOf, isFloat, mapConstant } from '../constant.ts';
import { windowAxes } from '../windows.ts';
import { allOf, type Folds, type Inputs } from './table.ts';

export const products: Folds = {
  Conv: foldConv,
  Einsum: foldEinsum,
  Gemm: foldGemm,
  MatMul: (_, [a, b]) => a && b && foldMatMul(a, b),
};

/** One index of a sum of products: its size, and how far it moves in each operand and in the result. */
interface Loop {
  readonly size: number;
  readonly steps: readonly number[];
}

/** Sums the product of the operands over all loops; the last step of each loop is the result's. */
function sumOfProducts(operands: readonly LazyArray[], loops: readonly Loop[], length: number): LazyArray {
  const work = loops.reduce((product, loop) => product * loop.size, operands.length);
  const run = (memo: Parameters<LazyArray['compute']>[0]) => {
    const arrays = operands.map((operand) => readArray(operand, memo));
    const result = new Float64Array(length);
    const places = new Array<number>(operands.length + 1).fill(0);
    const walk = (depth: number) => {
      const loop = loops[depth];
      if (!loop) {
        let product = 1;
        for (let i = 0; i < arrays.length; i++) product *= arrays[i]![places[i]!]!;
        result[places[arrays.length]!]! += product;
        return;
      }
      for (let step = 0; step < loop.size; step++) {
        walk(depth + 1);
        for (let i = 0; i < places.length; i++) places[i]! += loop.steps[i]!;
      }
      for (let i = 0; i < places.length; i++) places[i]! -= loop.size * loop.steps[i]!;
    };
    walk(0);
    return result;
  };
  return derivedArray(length, operands, run, work);
}

/** The sum over all labels that the result has not; each operand's axes are named by `labels`. */
function contract(operands: readonly Constant[], labels: readonly string[], result: string): Constant | undefined {
  const sizes = new Map<string, number>();
  for (const [place, names] of labels.entries()) {
    const { dims } = operands[place]!;
    if (names.length !== dims.length) return undefined;
    for (const [axis, name] of [...names].entries()) {
      if ((sizes.get(name) ?? dims[axis]) !== dims[axis]) return undefined;
      sizes.set(name, dims[axis]!);
    }
  }
  if ([...result].some((name) => !sizes.has(name))) return undefined;
  const dims = [...result].map((name) => sizes.get(name)!);
  const loops = [...sizes].map(([name, size]) => ({
    size,
    steps: [...labels, result].map((names) => stepOf(names, name, sizes)),
  }));
  const values = sumOfProducts(
    operands.map((operand) => operand.values),
    loops,
    countOf(dims),
  );
  return { dims, dataType: operands[0]!.dataType, values };
}

/** How far one step of a label moves in an array whose axes are named so. */
function stepOf(names: string, label: string, sizes: ReadonlyMap<string, number>): number {
  let [step, total] = [1, 0];
  for (const name of [...names].reverse()) {
    if (name === label) total += step;
    step *= sizes.get(name)!;
  }
  return total;
}

function foldEinsum(node: OnnxNode, inputs: Inputs): Constant | undefined {
  const operands = allOf(inputs);
  const equation = stringAttribute(node, 'equation', '').replaceAll(' ', '');
  const [left, right] = equation.split('->') as [string, string | undefined];
  if (!operands || equation.includes('.') || !operands.every(({ dataType }) => isFloat(dataType))) return undefined;
  const labels = left.split(',');
  const once = [...new Set(left.replaceAll(',', ''))].filter((name) => left.split(name).length === 2).sort();
  return labels.length === operands.length ? contract(operands, labels, right ?? once.join('')) : undefined;
}

/** Batch axes broadcast; a vector is a row on the left and a column on the right. */
function foldMatMul(a: Constant, b: Constant): Constant | undefined {
  if (!isFloat(a.dataType) || a.dims.length === 0 || b.dims.length === 0) return undefined;
  const left = a.dims.length === 1 ? [1, ...a.dims] : a.dims;
  const right = b.dims.length === 1 ? [...b.dims, 1] : b.dims;
  const batch = broadcastDims(left.slice(0, -2), right.slice(0, -2));
  const [rows, inner, columns] = [left.at(-2)!, left.at(-1)!, right.at(-1)!];
  if (!batch || right.at(-2) !== inner) return undefined;
  const count = countOf(batch);
  const loops = [
    ...batch.map((size, axis) => batchLoop(size, axis - batch.length, [left, right, [...batch, rows, columns]])),
    { size: rows, steps: [inner, 0, columns] },
    { size: inner, steps: [1, columns, 0] },
    { size: columns, steps: [0, 1, 1] },
  ];
  const dims = [...batch, ...(a.dims.length === 1 ? [] : [rows]), ...(b.dims.length === 1 ? [] : [columns])];
  return { dims, dataType: a.dataType, values: sumOfProducts([a.values, b.values], loops, count * rows * columns) };
}

/** The loop over one batch axis, counted from the last: an operand that has not the axis, or has it at size 1, stays. */
function batchLoop(size: number, axis: number, shapes: readonly (readonly number[])[]): Loop {
  const steps = shapes.map((dims) => {
    const place = dims.length - 2 + axis;
    return place < 0 || (dims[place] === 1 && size !== 1) ? 0 : countOf(dims.slice(place + 1));
  });
  return { size, steps };
}

function foldGemm(node: OnnxNode, [a, b, c]: Inputs): Constant | undefined {
  if (!a || !b || (node.inputs[2] && !c) || a.dims.length !== 2 || b.dims.length !== 2) return undefined;
  const labels = [intAttribute(node, 'transA', 0) ? 'ki' : 'ik', intAttribute(node, 'transB', 0) ? 'jk' : 'kj'];
  const product = contract([a, b], labels, 'ij');
  const [alpha, beta] = [floatAttribute(node, 'alpha', 1), floatAttribute(node, 'beta', 1)];
  const scaled = product && mapConstant(product, (value) => alpha * value);
  const sum = scaled && c ? elementwise(scaled, c, (x, y) => x + beta * y) : scaled;
  return sum && sum.values.length === product?.values.length ? sum : undefined;
}

/** A convolution of one constant by another, as ECBSR's and SESR's collapsed kernels are. */
function foldConv(node: OnnxNode, [a, weight, bias]: Inputs): Constant | undefined {
  if (!a || !weight || (node.inputs[2] && !bias) || a.dims.length < 3 || weight.dims.length !== a.dims.length)
    return undefined;
  const groups = intAttribute(node, 'group', 1);
  const [batch, inChannels] = a.dims as [number, number];
  const size = a.dims.slice(2);
  const outChannels = weight.dims[0]!;
  const axes = windowAxes(node, weight.dims.slice(2), size);
  if (!axes || weight.dims[1]! * groups !== inChannels || outChannels % groups !== 0) return undefined;
  const shape = { outChannels, inChannels, groups, axes };
  const outSize = axes.map((axis, index) => {
    const reach = axis.dilation * (axis.kernel - 1) + 1;
    return Math.floor((size[index]! + axis.padBegin + axis.padEnd - reach) / axis.stride) + 1;
  });
  if (outSize.some((n) => n < 1)) return undefined;
  const sample = inChannels * countOf(size);
  const count = outChannels * countOf(outSize);
  const inputs = [a.values, weight.values, ...(bias ? [bias.values] : [])];
  const run = (memo: Parameters<LazyArray['compute']>[0]) => {
    const data = Float64Array.from(readArray(a.values, memo));
    const operator = convOf(weight.values, bias?.values ?? null, shape);
    const result = new Float64Array(batch * count);
    for (let n = 0; n < batch; n++) {
      const input = { data: data.subarray(n * sample, (n + 1) * sample), channels: inChannels, size };
      result.set(evaluate(operator, input).data, n * count);
    }
    return result;
  };
  const work = batch * count * weight.dims[1]! * countOf(weight.dims.slice(2));
  return {
    dims: [batch, outChannels, ...outSize],
    dataType: a.dataType,
    values: derivedArray(batch * count, inputs, run, work),
  };
}
