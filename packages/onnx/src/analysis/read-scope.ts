/** Reads a model's graphs: the main one with all bodies in it, and each function as it is for all of its calls. */
import type { Size } from '@reparam/core';
import type { Evaluation } from '../load-evaluation.ts';
import type { OnnxFunction } from '../proto/function.ts';
import type { OnnxModel } from '../proto/model.ts';
import { sizeMaker } from './declared-sizes.ts';
import { ExpectedValues } from './expected-values.ts';
import { GraphScope } from './graph-scope.ts';
import type { Scope } from './scope.ts';
import type { InnerReader, Shared } from './setting.ts';
import type { Shape } from './shape-rules.ts';

type Shapes = Readonly<Record<string, readonly number[]>>;

export interface ModelScopes {
  readonly main: Scope;
  /** Functions that are called, as they are for all of their calls. */
  readonly functions: ReadonlyMap<OnnxFunction, Scope>;
}

/** Reads the main graph. `evaluation` is what was loaded for it; `shapes` settles free sizes of its inputs. */
export function readScope(model: OnnxModel, evaluation: Evaluation, shapes?: Shapes): Scope {
  return readScopes(model, evaluation, shapes).main;
}

/** Each reading knows more at once than the one before; what is learned takes few. */
const MOST_READINGS = 16;

/** Reads the main graph, and each function that it calls. */
export function readScopes(model: OnnxModel, evaluation: Evaluation, shapes: Shapes = {}): ModelScopes {
  const expected = new ExpectedValues();
  const inputs = new Map<string, Shape>(Object.entries(shapes));
  for (let reading = 1; ; reading++) {
    expected.grown = false;
    const scopes = readOnce(model, evaluation, inputs, expected);
    settleInputs(inputs, scopes.main, expected);
    if (!expected.grown || reading === MOST_READINGS) return scopes;
  }
}

/** Free sizes of inputs that turned out to be numbers are so from the start when the graph is read again. */
function settleInputs(inputs: Map<string, Shape>, main: Scope, expected: ExpectedValues): void {
  for (const { name, dims } of main.graph.inputs) {
    const [before, after] = [inputs.get(name) ?? dims, main.shape(name)];
    const isNew = (size: Size, axis: number) => typeof size === 'number' && typeof before![axis] !== 'number';
    if (!before || !after?.some(isNew)) continue;
    inputs.set(name, after);
    expected.grown = true;
  }
}

function readOnce(
  model: OnnxModel,
  evaluation: Evaluation,
  inputs: ReadonlyMap<string, Shape>,
  expected: ExpectedValues,
): ModelScopes {
  const shared: { -readonly [Key in keyof Shared]: Shared[Key] } = {
    freshSize: sizeMaker(),
    products: evaluation.openProducts?.(),
    evaluation,
    expected,
    inner: undefined,
  };
  const inner: InnerReader | undefined = evaluation.inner?.openInner(model, shared);
  shared.inner = inner;
  const { graph, opsets } = model;
  const main = new GraphScope(model, { graph, opset: opsets.get('') ?? 1, outer: null, shared });
  main.read(graph.inputs.map(({ name }) => ({ shape: inputs.get(name) ?? null, type: 0 })));
  return { main, functions: inner?.functions() ?? new Map() };
}
