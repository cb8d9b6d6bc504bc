/** Reads a model's graphs: the main one with all bodies in it, and each function as it is for all of its calls. */
import type { Evaluation } from '../load-evaluation.ts';
import type { OnnxFunction } from '../proto/function.ts';
import type { OnnxModel } from '../proto/model.ts';
import { sizeMaker } from './declared-sizes.ts';
import { FunctionCalls } from './function-calls.ts';
import { GraphScope, type Shared } from './graph-scope.ts';
import { SizeProducts } from './products.ts';
import type { KnownValue, Scope } from './scope.ts';

type Shapes = Readonly<Record<string, readonly number[]>>;

/** Reads the main graph. `evaluation` is what was loaded for it; `shapes` overrides the sizes of graph inputs. */
export function readScope(model: OnnxModel, evaluation: Evaluation, shapes?: Shapes): Scope {
  return readScopes(model, evaluation, shapes).main;
}

export interface ModelScopes {
  readonly main: Scope;
  /** Functions that are called, as they are for all of their calls. */
  readonly functions: ReadonlyMap<OnnxFunction, Scope>;
}

/** Reads the main graph, and each function that it calls. */
export function readScopes(model: OnnxModel, evaluation: Evaluation, shapes: Shapes = {}): ModelScopes {
  const freshSize = sizeMaker();
  const read = (definition: OnnxFunction, inputs: readonly KnownValue[]) =>
    readFunction(model, shared, definition, inputs);
  const calls = new FunctionCalls(freshSize, read);
  const products = new SizeProducts();
  const shared: Shared = {
    freshSize,
    products,
    evaluation,
    follow: (definition, inputs) => calls.follow(definition, inputs),
  };
  const { graph, opsets } = model;
  const main = new GraphScope(model, { graph, opset: opsets.get('') ?? 1, outer: null, shared });
  main.read(graph.inputs.map(({ name }) => ({ shape: Object.hasOwn(shapes, name) ? shapes[name]! : null, type: 0 })));
  calls.recording = false;
  const functions = new Map<OnnxFunction, Scope>();
  for (const definition of calls.complete ? model.functions.values() : []) {
    const inputs = calls.commonInputs(definition);
    if (inputs) functions.set(definition, read(definition, inputs));
  }
  return { main, functions };
}

function readFunction(
  model: OnnxModel,
  shared: Shared,
  { graph, opsets }: OnnxFunction,
  inputs: readonly KnownValue[],
): Scope {
  const scope = new GraphScope(model, { graph, opset: opsets.get('') ?? 1, outer: null, shared });
  scope.read(inputs);
  return scope;
}
