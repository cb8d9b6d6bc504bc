/** Collects the new nodes and tensors of one rewrite, with names that are free. */
import {
  FormatError,
  type LazyArray,
  type Memo,
  type RefusalReason,
  ReparamError,
  readArray,
  type Values,
} from '@reparam/core';
import { DataType } from '../elements/data-type.ts';
import { decodeElements } from '../elements/decode.ts';
import { encodeElements } from '../elements/encode.ts';
import type { NewAttribute, NewNode, NewTensor } from '../proto/new-parts.ts';

/** What is true of the whole file. */
export interface FileFacts {
  readonly opset: number;
  /** Names that are taken; new ones are added. */
  readonly names: Pick<Set<string>, 'has' | 'add'>;
}

/** A tensor whose elements are at hand. */
export type InlineTensor = NewTensor & { readonly bytes: Uint8Array };

export class NodeWriter {
  readonly nodes: NewNode[] = [];
  readonly tensors: InlineTensor[] = [];
  /** Largest relative change by rounding to the element type. */
  rounding = 0;
  readonly opset: number;
  readonly memo: Memo;
  private readonly facts: FileFacts;
  private readonly base: string;
  private readonly dataType: number;

  constructor(facts: FileFacts, base: string, dataType: number, memo: Memo) {
    this.opset = facts.opset;
    this.facts = facts;
    this.base = base;
    this.dataType = dataType;
    this.memo = memo;
  }

  /** A free name that tells which value it belongs to. */
  freshName(role: string): string {
    const wanted = `${this.base}.${role}`;
    let name = wanted;
    for (let count = 2; this.facts.names.has(name); count++) name = `${wanted}_${count}`;
    this.facts.names.add(name);
    return name;
  }

  read(array: LazyArray): Values {
    return readArray(array, this.memo);
  }

  /** A tensor of the model's element type. Throws a ReparamError where a value cannot be held. */
  weights(role: string, dims: readonly number[], values: Values): string {
    const encoded = encodeElements(values, this.dataType);
    const { bytes } = encoded;
    const rounding = roundingOf(values, bytes, this.dataType);
    if (!Number.isFinite(rounding) && encoded.overflow)
      throw unwritable(
        role,
        'overflow the element type of the model',
        'overflow',
        'convert the float32 model, then reduce its precision',
      );
    if (!Number.isFinite(rounding))
      throw unwritable(role, 'not be finite', 'not-a-number', 'check the weights for NaN and infinity');
    this.rounding = Math.max(this.rounding, rounding);
    return this.addTensor(role, this.dataType, dims, bytes);
  }

  /** A list of whole numbers, as shapes and axes are. */
  integers(role: string, values: readonly number[]): string {
    return this.list(role, DataType.INT64, values);
  }

  /** A list in an element type of its own. */
  list(role: string, dataType: number, values: readonly number[]): string {
    const { bytes } = encodeElements(Float64Array.from(values), dataType);
    return this.addTensor(role, dataType, [values.length], bytes);
  }

  private addTensor(role: string, dataType: number, dims: readonly number[], bytes: Uint8Array): string {
    const name = this.freshName(role);
    this.tensors.push({ name, dataType, dims, bytes });
    return name;
  }

  /** Adds a node with one output, and returns the output's name. */
  node(opType: string, inputs: readonly string[], attributes: Readonly<Record<string, NewAttribute>> = {}): string {
    const output = this.freshName(opType.toLowerCase());
    this.nodes.push({ opType, name: output, inputs, outputs: [output], attributes });
    return output;
  }

  /** Names the last node and its output as the value they stand for. */
  finish(result: string, nodeName: string, output: string): void {
    const last = this.nodes.at(-1);
    if (last?.outputs[0] === result) this.nodes[this.nodes.length - 1] = { ...last, name: nodeName, outputs: [output] };
    else throw new FormatError(`value "${output}" was not written last`, { code: 'internal' });
  }
}

function unwritable(role: string, found: string, code: RefusalReason, hint: string): ReparamError {
  return new ReparamError(`the fused ${role} would ${found}`, { code, hint });
}

/** Largest change by rounding, relative to the largest value; not finite where a value is not. */
function roundingOf(values: Values, bytes: Uint8Array, dataType: number): number {
  const isSingle = dataType === DataType.FLOAT;
  const rounded = isSingle
    ? new Float32Array(bytes.buffer, bytes.byteOffset, values.length)
    : decodeElements(bytes, dataType);
  let largest = 0;
  let difference = 0;
  let sum = 0;
  for (let i = 0; i < values.length; i++) {
    const value = values[i]!;
    const change = Math.abs(value - rounded[i]!);
    const size = Math.abs(value);
    if (size > largest) largest = size;
    if (change > difference) difference = change;
    sum += value - value; // NaN where the value is not finite
  }
  return largest === 0 ? sum : difference / largest + sum;
}
