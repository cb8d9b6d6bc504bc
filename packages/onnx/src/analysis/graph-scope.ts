/** One graph as it is read: constants folded, shapes and types propagated. */
import type { Size, SymbolicSize } from '@reparam/core';
import type { ComputedNodes } from '../load-evaluation.ts';
import type { OnnxGraph } from '../proto/graph.ts';
import type { OnnxModel } from '../proto/model.ts';
import type { OnnxNode } from '../proto/node.ts';
import { type Constant, sparseConstant, tensorConstant } from './constant.ts';
import { dimReader, mergeShapes, settleSize } from './declared-sizes.ts';
import { type ExpectedValue, inputOfSameKind } from './expected-values.ts';
import { foldNode, inferNode } from './infer-node.ts';
import { nodesRun, orderNodes } from './order.ts';
import type { SizeProducts } from './products.ts';
import { type Body, isStandard, type KnownValue, type Scope } from './scope.ts';
import type { Setting } from './setting.ts';
import type { Shape } from './shape-rules.ts';
import { constantSizes, type SizeList } from './size-list.ts';

const UNKNOWN_VALUE: KnownValue = { shape: null, type: 0 };

export class GraphScope implements Scope {
  readonly model: OnnxModel;
  readonly graph: OnnxGraph;
  readonly nodes: readonly OnnxNode[];
  readonly producers: ReadonlyMap<string, OnnxNode>;
  readonly opset: number;
  readonly outputs: ReadonlySet<string>;
  readonly overridable: ReadonlySet<string>;
  readonly bodies: (Body & { readonly scope: GraphScope })[] = [];
  readonly setting: Setting;
  /** Names that the graph itself gives a value; others are those of the graph around. */
  private readonly defined: ReadonlySet<string>;
  private readonly constants = new Map<string, Constant>();
  private readonly shapes = new Map<string, Shape>();
  private readonly types = new Map<string, number>();
  private readonly declared = new Map<string, KnownValue>();
  private readonly sizeLists = new Map<string, SizeList>();
  private run: ReadonlySet<OnnxNode> | undefined;

  constructor(model: OnnxModel, setting: Setting) {
    const { graph, outer } = setting;
    const { nodes, producers } = orderNodes(graph);
    this.model = model;
    this.graph = graph;
    this.setting = setting;
    this.nodes = nodes;
    this.producers = producers;
    this.opset = setting.opset;
    this.outputs = new Set(graph.outputs.map(({ name }) => name));
    const inputs = graph.inputs.map(({ name }) => name);
    const named = [...graph.initializers.keys(), ...graph.sparseInitializers.keys()];
    this.defined = new Set([...inputs, ...named, ...producers.keys()]);
    const around = [...(outer?.overridable ?? [])].filter((name) => !this.defined.has(name));
    this.overridable = new Set([...named.filter((name) => inputs.includes(name)), ...around]);
    const sizeOf = dimReader(setting.shared.freshSize, graph !== model.graph);
    for (const info of [...graph.valueInfos, ...graph.outputs, ...graph.inputs]) {
      const shape = info.dims?.map(sizeOf) ?? null;
      this.declared.set(info.name, { shape, type: info.elementType ?? 0 });
    }
    for (const [name, tensor] of graph.initializers) this.addConstant(name, tensorConstant(tensor));
    for (const [name, tensor] of graph.sparseInitializers) this.addConstant(name, sparseConstant(tensor));
  }

  get computed(): ComputedNodes | undefined {
    return this.setting.shared.evaluation.computed;
  }

  get products(): SizeProducts {
    return this.setting.shared.products!;
  }

  get captured(): readonly string[] {
    const read = this.nodes.flatMap(({ inputs, captures }) => [...inputs, ...captures]);
    return [...new Set(read)].filter((name) => name !== '' && !this.defined.has(name) && !this.constant(name));
  }

  /** Propagates what is known of the inputs, in their order; shapes given here hold over those declared. */
  read(inputs: readonly KnownValue[]): void {
    for (const [place, { name }] of this.graph.inputs.entries()) {
      const declared = this.declared.get(name)!;
      const given = inputs[place] ?? UNKNOWN_VALUE;
      this.setType(name, declared.type || given.type);
      const shape = given.shape ?? declared.shape;
      if (shape) this.shapes.set(name, shape);
    }
    for (const [name, expected] of this.setting.shared.expected.of(this.graph))
      if (!this.producers.has(name) && !this.shape(name)) this.expect(name, expected);
    for (const node of this.nodes) this.propagate(node);
  }

  private propagate(node: OnnxNode): void {
    const { evaluation } = this.setting.shared;
    const computed = evaluation.computed?.get(node) ?? (isStandard(this.model, node) ? foldNode(this, node) : []);
    if (!(computed instanceof Error))
      for (const [place, constant] of computed.entries()) this.addConstant(node.outputs[place] ?? '', constant);
    const sizes = isStandard(this.model, node) ? evaluation.foldSizes(node, this, this.products) : undefined;
    if (sizes && node.outputs[0]) this.sizeLists.set(node.outputs[0], sizes);
    const inferred = inferNode(this, node);
    node.outputs.forEach((name, place) => {
      if (name === '' || this.constants.has(name)) return;
      const declared = this.declared.get(name);
      const own = inferred[place]?.shape ?? null;
      const shape = mergeShapes(own, declared?.shape ?? null);
      const expected = shape ? undefined : this.setting.shared.expected.of(this.graph).get(name);
      if (shape) this.setShape(name, shape, own);
      else if (expected) this.expect(name, expected);
      this.setType(name, inferred[place]?.type || (declared?.type ?? 0));
    });
  }

  maker(name: string): OnnxNode | undefined {
    return this.defined.has(name) ? this.producers.get(name) : this.setting.outer?.maker(name);
  }

  constant(name: string): Constant | undefined {
    if (this.overridable.has(name)) return undefined;
    return this.defined.has(name) ? this.constants.get(name) : this.setting.outer?.constant(name);
  }

  sizeList(name: string): SizeList | undefined {
    const known = this.sizeLists.get(name) ?? constantSizes(this, name);
    return known ?? (this.defined.has(name) ? undefined : this.setting.outer?.sizeList(name));
  }

  shape(name: string): Shape | null {
    const known = this.constants.get(name)?.dims ?? this.shapes.get(name);
    return known ?? (this.defined.has(name) ? null : (this.setting.outer?.shape(name) ?? null));
  }

  elementType(name: string): number {
    const known = this.constants.get(name)?.dataType ?? this.types.get(name);
    return known ?? (this.defined.has(name) ? 0 : (this.setting.outer?.elementType(name) ?? 0));
  }

  refine(reader: OnnxNode, rank: number, channels: number): Shape | null {
    const name = reader.inputs[0]!;
    const known = this.shape(name);
    if (!known) {
      const type = this.elementType(reader.inputs[1]!);
      return this.isRun(reader) ? this.expect(name, { rank, channels, type }) : null;
    }
    if (known.length !== rank) return null;
    const found = known[1];
    if (typeof found === 'number') return found === channels ? known : null;
    if (found === undefined || found.stride !== 1 || !this.isRun(reader)) return null; // a stride leaves several numbers for what it follows from
    this.shapes.set(name, known);
    this.settle(found, channels);
    return this.shape(name);
  }

  /** The shape of a value, and of what it is made of, as far as a reader tells it. */
  private expect(name: string, expected: ExpectedValue): Shape {
    const { rank, channels, type } = expected;
    const shape = Array.from({ length: rank }, (_, axis) => (axis === 1 ? channels : this.freshSize()));
    this.shapes.set(name, shape);
    if (!this.elementType(name)) this.setType(name, type);
    this.setting.shared.expected.add(this.graph, name, expected);
    const maker = this.producers.get(name);
    const isFirst = maker?.outputs[0] === name && isStandard(this.model, maker);
    const source = isFirst ? inputOfSameKind(maker, rank, (read) => this.constant(read)) : undefined;
    if (source && !this.shape(source)) this.expect(source, expected);
    return shape;
  }

  /** Whether the node is run whenever the graph is: not one that no output needs. */
  private isRun(node: OnnxNode): boolean {
    this.run ??= nodesRun(this.outputs, this.producers);
    return this.run.has(node);
  }

  /** What a declaration tells of a size that nothing else tells, it tells of all values of that size. */
  private setShape(name: string, shape: Shape, inferred: Shape | null): void {
    this.shapes.set(name, shape);
    for (const [axis, size] of shape.entries()) {
      const found = inferred?.[axis];
      if (typeof size === 'number' && typeof found === 'object' && found.stride === 1) this.settle(found, size);
    }
  }

  /** In the bodies that have been read too. */
  private settle(found: SymbolicSize, value: number): void {
    settleSize(this.shapes, found, value);
    for (const { scope } of this.bodies) scope.settle(found, value);
  }

  freshSize(): Size {
    return this.setting.shared.freshSize();
  }

  private addConstant(name: string, constant: Constant | null | undefined): void {
    if (constant && name !== '') this.constants.set(name, constant);
  }

  private setType(name: string, type: number): void {
    if (type) this.types.set(name, type);
  }
}
