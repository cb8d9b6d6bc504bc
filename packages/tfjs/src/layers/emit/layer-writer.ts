/** Collects the new layers of one rewrite, with names that are free. */
import { type LazyArray, type Memo, ReparamError, readArray, type Values } from '@reparam/core';
import { type EncodedWeight, encodeWeight, type WeightFormat } from '../../artifacts/encode-weight.ts';
import { freshName } from '../../convert/fresh-name.ts';
import type { NewPart, Shape } from '../../convert/model-view.ts';
import type { Layout } from '../call-context.ts';

/** What is true of the whole model. */
export interface LayerFacts {
  /** Names of layers that are taken; new ones are added. */
  readonly names: Set<string>;
  readonly format: WeightFormat;
  readonly layout: Layout;
}

/** A layer to be written, but for its name. */
export interface LayerDraft {
  readonly className: string;
  readonly inputs: readonly string[];
  readonly config: Readonly<Record<string, unknown>>;
  readonly weights: Readonly<Record<string, { readonly shape: readonly number[]; readonly values: Values }>>;
  readonly macsPerElement: number;
  /** Channels on axis 1. */
  readonly shape: Shape;
}

export class LayerWriter {
  readonly parts: NewPart[] = [];
  /** Largest relative change by rounding to the stored type. */
  rounding = 0;
  readonly facts: LayerFacts;
  readonly memo: Memo;
  private readonly base: string;

  constructor(facts: LayerFacts, base: string, memo: Memo) {
    this.facts = facts;
    this.base = base;
    this.memo = memo;
  }

  read(array: LazyArray): Values {
    return readArray(array, this.memo);
  }

  /** Adds a layer. Without `final` names of its layer and value, it gets a free one. Returns the value's name. */
  add(draft: LayerDraft, final?: { readonly layer: string; readonly value: string }): string {
    const name = final?.layer ?? this.freshName(draft.className.toLowerCase());
    const output = final?.value ?? name;
    const weights = Object.entries(draft.weights).map(([role, { shape, values }]) =>
      this.encode(`${name}/${role}`, shape, values),
    );
    const { className: opType, inputs, config, macsPerElement, shape } = draft;
    this.parts.push({ name, opType, inputs, output, config: { ...config, name }, weights, macsPerElement, shape });
    return output;
  }

  /** The draft of the last layer, if it makes this value, which is to get another name. It has no weights. */
  takeBack(value: string): LayerDraft | undefined {
    const last = this.parts.at(-1);
    if (last?.output !== value || last.weights.length > 0) return undefined;
    const { opType: className, inputs, config, macsPerElement, shape } = this.parts.pop()!;
    return { className, inputs, config, weights: {}, macsPerElement, shape };
  }

  freshName(role: string): string {
    return freshName(`${this.base}_${role}`, this.facts.names);
  }

  private encode(name: string, shape: readonly number[], values: Values): EncodedWeight {
    const encoded = encodeWeight(name, shape, values, this.facts.format);
    this.rounding = Math.max(this.rounding, encoded.rounding);
    return encoded;
  }
}

export function notImplemented(what: string): ReparamError {
  return new ReparamError(`no stock layer of TensorFlow.js is ${what}`, {
    code: 'not-implemented',
    hint: 'nothing to do: the model stays as it is there',
  });
}
