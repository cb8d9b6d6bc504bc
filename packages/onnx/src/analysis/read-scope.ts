/** Reads a model's graphs: the main one with all bodies in it, and each function as it is for all of its calls. */
import type { Evaluation } from '../load-evaluation.ts';
import type { OnnxFunction } from '../proto/function.ts';
import type { OnnxModel } from '../proto/model.ts';
import { sizeMaker } from './declared-sizes.ts';
import { ExpectedValues } from './expected-values.ts';
import { GraphScope } from './graph-scope.ts';
import type { Scope } from './scope.ts';
import type { InnerReader, Shared } from './setting.ts';

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
  let scopes = readOnce(model, evaluation, shapes, expected);
  for (let reading = 1; expected.grown && reading < MOST_READINGS; reading++) {
    expected.grown = false;
    scopes = readOnce(model, evaluation, shapes, expected);
  }
  return scopes;
}

function readOnce(model: OnnxModel, evaluation: Evaluation, shapes: Shapes, expected: ExpectedValues): ModelScopes {
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
  main.read(graph.inputs.map(({ name }) => ({ shape: Object.hasOwn(shapes, name) ? shapes[name]! : null, type: 0 })));
  return { main, functions: inner?.functions() ?? new Map() };
}
