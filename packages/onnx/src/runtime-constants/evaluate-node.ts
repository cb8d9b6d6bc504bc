/** One node of constants, run by the runtime: in float64 where it can. */
import { arrayOf, readArray, UnsupportedError, type Values } from '@reparam/core';
import type { TensorData } from '@reparam/core/verify';
import { type Constant, isFloat } from '../analysis/constant.ts';
import type { Region } from '../analysis/region.ts';
import { DataType } from '../elements/data-type.ts';
import { decodeFloat16 } from '../elements/small-float.ts';
import type { ConstantRuntime } from '../options.ts';
import type { OnnxNode } from '../proto/node.ts';
import { nodeModel } from './node-model.ts';
import { valuesRead } from './pending-nodes.ts';

const TYPES: { readonly [type: string]: number } = { float32: DataType.FLOAT, float64: DataType.DOUBLE };

/** How far results in the type's own arithmetic may be from those in float64, as a share of the largest value. */
const CLOSE: { readonly [dataType: number]: number } = { [DataType.FLOAT]: 1e-4, [DataType.FLOAT16]: 1e-2 };

/**
 * The outputs of a node, null where one is left out. They are those of float64 arithmetic where the runtime has the operator in float64 and
 * both results are close: an operator that rounds or compares may answer otherwise on finer numbers, and then the model's own answer holds,
 * where it is certain what it reads. Throws the runtime's error where it cannot run the node, and an UnsupportedError where that is not certain.
 */
export async function evaluateNode(
  node: OnnxNode,
  region: Region,
  runtime: ConstantRuntime,
): Promise<readonly (Constant | null)[]> {
  const read = valuesRead(node).map((name) => [name, region.scope.constant(name)!] as const);
  const [held, wide] = [new Map<string, Constant>(), new Map<string, Constant>()];
  for (const [name, constant] of read) {
    held.set(name, await loadConstant(constant.held ?? constant));
    wide.set(name, widen(constant.held ? await loadConstant(constant) : held.get(name)!));
  }
  const isCertain = read.every(([, constant]) => constant.held !== null);
  const own = await run(node, region, runtime, held);
  const isOpen = (constant: Constant | null) => !isCertain && constant && isFloat(constant.dataType);
  const known = own.map((constant) => (isOpen(constant) ? { ...constant!, held: null } : constant));
  if (![...held.values()].some(({ dataType }) => dataType in CLOSE)) return known;
  const finer = await run(node, region, runtime, wide).catch(() => null);
  if (!finer) return known; // the runtime has no such operator in float64
  if (own.every((constant, place) => areClose(constant, finer[place]!)))
    return known.map((constant, place) => constant && { held: own[place]!, ...constant, values: finer[place]!.values });
  if (isCertain) return known;
  throw new UnsupportedError('it rounds or compares numbers that operators before it may have rounded either way');
}

async function run(
  node: OnnxNode,
  region: Region,
  runtime: ConstantRuntime,
  constants: ReadonlyMap<string, Constant>,
): Promise<(Constant | null)[]> {
  const session = await runtime.createSession(await nodeModel(node, region, constants), { optimization: 'disabled' });
  try {
    const results = await session.run({});
    return node.outputs.map((name) => (name === '' ? null : toConstant(name, results[name])));
  } finally {
    await session.release();
  }
}

/** The same with values in memory. */
async function loadConstant(constant: Constant): Promise<Constant> {
  const { values } = constant;
  for (const source of values.sources) await source.load();
  try {
    return { ...constant, values: arrayOf(readArray(values).slice()) };
  } finally {
    for (const source of values.sources) source.release();
  }
}

function widen(constant: Constant): Constant {
  return isFloat(constant.dataType) ? { ...constant, dataType: DataType.DOUBLE } : constant;
}

function toConstant(name: string, tensor: TensorData | undefined): Constant {
  const dataType = tensor && (TYPES[tensor.type] ?? DataType[tensor.type.toUpperCase() as keyof typeof DataType]);
  if (!dataType || dataType === DataType.STRING)
    throw new UnsupportedError(`its output "${name}" is no tensor of numbers`);
  const { dims, type, data } = tensor;
  return { dims, dataType, values: arrayOf(type === 'float16' ? decodeFloat16(bitsOf(data)) : numbersOf(name, data)) };
}

function numbersOf(name: string, data: TensorData['data']): Values {
  if (data instanceof Float32Array || data instanceof Float64Array) return data.slice();
  const values = Float64Array.from(data as ArrayLike<number | bigint>, Number);
  if (values.every((value) => Number.isSafeInteger(value))) return values;
  throw new UnsupportedError(`its output "${name}" has whole numbers beyond 2^53`);
}

/** Where JavaScript has arrays of float16, the runtime gives those. */
function bitsOf(data: TensorData['data']): Uint16Array {
  const { buffer, byteOffset, length } = data as Uint16Array;
  return new Uint16Array(buffer, byteOffset, length);
}

function areClose(own: Constant | null, wide: Constant | null): boolean {
  if (!own || !wide) return own === wide;
  const [a, b] = [readArray(own.values), readArray(wide.values)];
  if (own.dims.join() !== wide.dims.join()) return false;
  let largest = 0;
  for (const value of b) if (Number.isFinite(value)) largest = Math.max(largest, Math.abs(value));
  const most = (CLOSE[own.dataType] ?? 0) * largest;
  return a.every((value, place) => Object.is(value, b[place]!) || Math.abs(value - b[place]!) <= most);
}
