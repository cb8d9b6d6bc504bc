/** Collects the new nodes and constants of one rewrite, with names that are free. */
import { type LazyArray, type Memo, ReparamError, readArray, type Values } from '@reparam/core';
import { type EncodedWeight, encodeWeight, type WeightFormat } from '../../artifacts/encode-weight.ts';
import { freshName } from '../../convert/fresh-name.ts';
import type { NewPart, Shape } from '../../convert/model-view.ts';
import { type Attributes, write } from '../attributes.ts';

export interface GraphFacts {
  /** Names of nodes that are taken; new ones are added. */
  readonly names: Set<string>;
  readonly format: WeightFormat;
}

/** A node to be written, but for its name. */
export interface NodeDraft {
  readonly op: string;
  /** Names of values, then of constants. */
  readonly inputs: readonly string[];
  readonly attributes: Attributes;
  /** Constants that it reads. */
  readonly weights: readonly EncodedWeight[];
  readonly macsPerElement: number;
  /** Channels on axis 1. */
  readonly shape: Shape;
}

export class NodeWriter {
  readonly parts: NewPart[] = [];
  /** Largest relative change by rounding to the stored type. */
  rounding = 0;
  readonly memo: Memo;
  private readonly facts: GraphFacts;
  private readonly base: string;

  constructor(facts: GraphFacts, base: string, memo: Memo) {
    this.facts = facts;
    this.base = base;
    this.memo = memo;
  }

  read(array: LazyArray): Values {
    return readArray(array, this.memo);
  }

  /** A float constant. */
  constant(role: string, shape: readonly number[], values: Values): EncodedWeight {
    const encoded = encodeWeight(this.freshName(role), shape, values, this.facts.format);
    this.rounding = Math.max(this.rounding, encoded.rounding);
    return encoded;
  }

  /** A constant of whole numbers, as axes and paddings are. */
  integers(role: string, values: readonly number[], shape: readonly number[] = [values.length]): EncodedWeight {
    const bytes = new Uint8Array(Int32Array.from(values).buffer);
    return { spec: { name: this.freshName(role), shape: [...shape], dtype: 'int32' }, bytes, rounding: 0 };
  }

  /** Adds a node, under a free name if none is given, and returns the name of its value. */
  add(draft: NodeDraft, final?: string): string {
    const name = final ?? this.freshName(draft.op.replace(/^_/, ''));
    const { op: opType, inputs, attributes, weights, macsPerElement, shape } = draft;
    const constants = new Set(weights.map(({ spec }) => spec.name));
    this.parts.push({
      name,
      opType,
      inputs: inputs.filter((input) => !constants.has(input)),
      output: name,
      config: { input: inputs, attr: { T: write.type('DT_FLOAT'), ...attributes } },
      weights,
      macsPerElement,
      shape,
    });
    return name;
  }

  /** The draft of the last node, if it makes this value, which is to get another name. */
  takeBack(value: string): NodeDraft | undefined {
    const last = this.parts.at(-1);
    if (last?.output !== value) return undefined;
    const { opType: op, config, weights, macsPerElement, shape } = this.parts.pop()!;
    const { input: inputs, attr: attributes } = config as { readonly input: string[]; readonly attr: Attributes };
    return { op, inputs, attributes, weights, macsPerElement, shape };
  }

  freshName(role: string): string {
    return freshName(`${this.base}/${role}`, this.facts.names);
  }
}

export function notImplemented(what: string): ReparamError {
  return new ReparamError(`no node of TensorFlow.js is ${what}`, {
    code: 'not-implemented',
    hint: 'nothing to do: the model stays as it is there',
  });
}
