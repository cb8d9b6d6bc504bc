/** Reads bodies of control flow, and functions as they are called. Loaded for models that have such. */
import type { OnnxFunction } from '../proto/function.ts';
import type { OnnxGraph } from '../proto/graph.ts';
import type { OnnxModel } from '../proto/model.ts';
import { type OnnxNode, qualifiedName, type Subgraph } from '../proto/node.ts';
import { bodyOutputs } from './bodies.ts';
import { FunctionCalls } from './function-calls.ts';
import { GraphScope } from './graph-scope.ts';
import { isStandard, type KnownValue, type Scope, WITH_BODIES } from './scope.ts';
import type { InnerReader, Shared } from './setting.ts';
import { readSteps, type StepBody } from './steps.ts';

const UNKNOWN: KnownValue = { shape: null, type: 0 };

export function openInner(model: OnnxModel, shared: Shared): InnerReader {
  return new ModelInnerReader(model, shared);
}

class ModelInnerReader implements InnerReader {
  private readonly model: OnnxModel;
  private readonly shared: Shared;
  private readonly calls: FunctionCalls;
  /** What is known to vary in each body, wherever it is read: else bodies in bodies would be read ever more often. */
  private readonly varying = new Map<OnnxGraph, Set<string>>();

  constructor(model: OnnxModel, shared: Shared) {
    this.model = model;
    this.shared = shared;
    this.calls = new FunctionCalls(shared.freshSize, (definition, inputs) => this.readFunction(definition, inputs));
  }

  infer(node: OnnxNode, scope: GraphScope): readonly KnownValue[] | undefined {
    const definition = this.model.functions.get(qualifiedName(node));
    if (node.subgraphs.length === 0) return definition && this.followCall(node, definition, scope);
    if (isStandard(this.model, node) && WITH_BODIES.has(node.opType)) {
      const bodies = node.subgraphs.map((subgraph) => this.readBody(node, subgraph, scope));
      return bodyOutputs(node, bodies, scope);
    }
    for (const { graph } of node.subgraphs) this.followHidden(graph);
    return definition && this.followCall(node, definition, scope);
  }

  functions(): ReadonlyMap<OnnxFunction, Scope> {
    this.calls.recording = false;
    const functions = new Map<OnnxFunction, Scope>();
    for (const definition of this.calls.complete ? this.model.functions.values() : []) {
      const inputs = this.calls.commonInputs(definition);
      if (inputs) functions.set(definition, this.readFunction(definition, inputs));
    }
    return functions;
  }

  private followCall(node: OnnxNode, definition: OnnxFunction, scope: Scope): readonly KnownValue[] {
    const inputs = definition.graph.inputs.map((_, place) => {
      const name = node.inputs[place] ?? '';
      return { shape: scope.shape(name), type: scope.elementType(name) };
    });
    return this.calls.follow(definition, inputs);
  }

  /** Calls in a graph of which nothing is known, in a custom operator: with whatever inputs. */
  private followHidden(graph: OnnxGraph): void {
    for (const node of graph.nodes) {
      const definition = this.model.functions.get(qualifiedName(node));
      if (definition)
        this.calls.follow(
          definition,
          definition.graph.inputs.map(() => UNKNOWN),
        );
      for (const subgraph of node.subgraphs) this.followHidden(subgraph.graph);
    }
  }

  private readBody(node: OnnxNode, { role, graph }: Subgraph, outer: GraphScope): StepBody {
    const varying = this.varying.get(graph) ?? new Set();
    this.varying.set(graph, varying);
    const body = readSteps(node, outer, varying, (inputs) => {
      const scope = new GraphScope(this.model, { ...outer.setting, graph, outer });
      scope.read(inputs);
      return scope;
    });
    outer.bodies.push({ node, role, scope: body.scope });
    return body;
  }

  private readFunction({ graph, opsets }: OnnxFunction, inputs: readonly KnownValue[]): Scope {
    const opset = opsets.get('') ?? 1;
    const scope = new GraphScope(this.model, { graph, opset, outer: null, shared: this.shared });
    scope.read(inputs);
    return scope;
  }
}
