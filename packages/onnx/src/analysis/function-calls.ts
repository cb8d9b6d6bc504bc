/**
 * Calls of the model's functions. A function's inputs have no types: what is known inside is what all of its calls have in common. Each
 * call is followed with its own inputs for what it gives out.
 */
import type { Size } from '@reparam/core';
import type { OnnxFunction } from '../proto/function.ts';
import { isOne, mergeValues, sizesKey } from './bodies.ts';
import type { KnownValue, Scope } from './scope.ts';

/** Reads a function with these inputs. */
type ReadFunction = (definition: OnnxFunction, inputs: readonly KnownValue[]) => Scope;

const DEEPEST_CALL = 64;
const MOST_CALLS = 4096;

export class FunctionCalls {
  /** Whether every call has been followed; where not, nothing is known inside of any function. */
  complete = true;
  /** Whether calls still count: not where a function is read as it is for all of its calls. */
  recording = true;
  private readonly inputs = new Map<OnnxFunction, (readonly KnownValue[])[]>();
  private readonly known = new Map<string, readonly KnownValue[]>();
  private readonly freshSize: () => Size;
  private readonly read: ReadFunction;
  private depth = 0;

  constructor(freshSize: () => Size, read: ReadFunction) {
    this.freshSize = freshSize;
    this.read = read;
  }

  /** What a call gives out. */
  follow(definition: OnnxFunction, inputs: readonly KnownValue[]): readonly KnownValue[] {
    if (this.recording) this.inputs.set(definition, [...(this.inputs.get(definition) ?? []), inputs]);
    const key = [definition.name, ...inputs.map(valueKey)].join('|');
    let outputs = this.known.get(key);
    if (!outputs) {
      if (this.depth >= DEEPEST_CALL || this.known.size >= MOST_CALLS) {
        this.complete = false;
        return [];
      }
      this.depth++;
      const scope = this.read(definition, inputs);
      this.depth--;
      outputs = definition.graph.outputs.map(({ name }) => ({
        shape: scope.shape(name),
        type: scope.elementType(name),
      }));
      this.known.set(key, outputs);
    }
    return this.withOwnSizes(outputs, inputs);
  }

  /** What all calls of a function have in common of its inputs; undefined where it is not called. */
  commonInputs(definition: OnnxFunction): readonly KnownValue[] | undefined {
    const calls = this.inputs.get(definition);
    if (!calls) return undefined;
    const shared = new Map<string, Size>();
    const merge = (sizes: readonly Size[]) => {
      if (isOne(sizes)) return sizes[0]!;
      const key = sizesKey(sizes);
      const size = shared.get(key) ?? this.freshSize(); // sizes that agree in every call are one size
      shared.set(key, size);
      return size;
    };
    return calls[0]!.map((_, place) =>
      mergeValues(
        calls.map((inputs) => inputs[place]!),
        merge,
      ),
    );
  }

  /** Sizes that do not follow from the inputs' are new with every call. */
  private withOwnSizes(outputs: readonly KnownValue[], inputs: readonly KnownValue[]): readonly KnownValue[] {
    const given = new Set(inputs.flatMap(({ shape }) => shape ?? []).map(symbolOf));
    const own = new Map<string, string>();
    const rename = (size: Size): Size => {
      if (typeof size === 'number' || given.has(size.symbol)) return size;
      const name = own.get(size.symbol) ?? symbolOf(this.freshSize());
      own.set(size.symbol, name);
      return { ...size, symbol: name };
    };
    return outputs.map(({ shape, type }) => ({ shape: shape?.map(rename) ?? null, type }));
  }
}

function symbolOf(size: Size): string {
  return typeof size === 'number' ? '' : size.symbol;
}

function valueKey({ shape, type }: KnownValue): string {
  return `${type}[${shape ? sizesKey(shape) : '?'}]`;
}
