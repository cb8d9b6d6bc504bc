/** What is known of each name in a graph: its constant, shape, element type, maker and readers. */
import { type Size, sameSize, sizeAt, symbol } from '@reparam/core';
import { DataType } from '../elements/data-type.ts';
import type { Evaluation } from '../load-evaluation.ts';
import type { OnnxModel } from '../proto/model.ts';
import type { OnnxNode } from '../proto/node.ts';
import { type Constant, listConstant, sparseConstant, tensorConstant } from './constant.ts';
import { inferElementType } from './element-types.ts';
import { shapePart } from './fold/make.ts';
import { orderNodes } from './order.ts';
import { SizeProducts } from './products.ts';
import { inferShapes, type Shape } from './shape-rules.ts';
import { constantSizes, type SizeList } from './size-list.ts';

export interface Scope {
  readonly model: OnnxModel;
  /** In topological order. */
  readonly nodes: readonly OnnxNode[];
  readonly producers: ReadonlyMap<string, OnnxNode>;
  /** Version of the standard operators. */
  readonly opset: number;
  readonly outputs: ReadonlySet<string>;
  /** Initializers that are graph inputs too: defaults that a caller may override. */
  readonly overridable: ReadonlySet<string>;
  constant(name: string): Constant | undefined;
  shape(name: string): Shape | null;
  /** One of `DataType`; 0 where unknown. */
  elementType(name: string): number;
  /** The shape of a value that is known to have this rank and so many channels on axis 1; null where that contradicts what is known. */
  refine(name: string, rank: number, channels: number): Shape | null;
  freshSize(): Size;
  /** Whole numbers that follow from sizes, at most one axis of them; undefined where the value is none. */
  sizeList(name: string): SizeList | undefined;
  readonly products: SizeProducts;
}

/**
 * Whether a node is an operator of the ONNX standard, not one of a custom domain or a function of the model. A file may name one as what
 * every record has, such as `constructor`: tables of operators must not be asked for it.
 */
export function isStandard(model: OnnxModel, node: OnnxNode): boolean {
  return node.domain === '' && !(node.opType in Object.prototype) && !model.functions.has(`::${node.opType}`);
}

/** Reads the main graph. `evaluation` is what was loaded for it; `shapes` overrides the sizes of graph inputs. */
export function readScope(
  model: OnnxModel,
  evaluation: Evaluation,
  shapes: Readonly<Record<string, readonly number[]>> = {},
): Scope {
  const scope = new GraphScope(model, evaluation);
  scope.declareInputs(shapes);
  for (const node of scope.nodes) scope.propagate(node);
  return scope;
}

class GraphScope implements Scope {
  readonly model: OnnxModel;
  readonly nodes: readonly OnnxNode[];
  readonly producers: ReadonlyMap<string, OnnxNode>;
  readonly opset: number;
  readonly outputs: ReadonlySet<string>;
  readonly overridable: ReadonlySet<string>;
  private readonly constants = new Map<string, Constant>();
  private readonly shapes = new Map<string, Shape>();
  private readonly types = new Map<string, number>();
  private readonly declared = new Map<string, { shape: Shape | null; type: number }>();
  private readonly sizeLists = new Map<string, SizeList>();
  readonly products: SizeProducts = new SizeProducts();
  private readonly evaluation: Evaluation;
  private symbols = 0;

  constructor(model: OnnxModel, evaluation: Evaluation) {
    this.evaluation = evaluation;
    const { graph } = model;
    const { nodes, producers } = orderNodes(graph);
    this.model = model;
    this.nodes = nodes;
    this.producers = producers;
    this.opset = model.opsets.get('') ?? 1;
    this.outputs = new Set(graph.outputs.map(({ name }) => name));
    const inputs = new Set(graph.inputs.map(({ name }) => name));
    const named = [...graph.initializers.keys(), ...graph.sparseInitializers.keys()];
    this.overridable = new Set(named.filter((name) => inputs.has(name)));
    for (const info of [...graph.valueInfos, ...graph.outputs, ...graph.inputs]) {
      const shape = info.dims?.map((dim) => this.sizeOf(dim)) ?? null;
      this.declared.set(info.name, { shape, type: info.elementType ?? 0 });
    }
    for (const [name, tensor] of graph.initializers) this.addConstant(name, tensorConstant(tensor));
    for (const [name, tensor] of graph.sparseInitializers) this.addConstant(name, sparseConstant(tensor));
  }

  declareInputs(shapes: Readonly<Record<string, readonly number[]>>): void {
    for (const { name } of this.model.graph.inputs) {
      const { shape, type } = this.declared.get(name)!;
      this.setType(name, type);
      const given = Object.hasOwn(shapes, name) ? shapes[name] : shape;
      if (given) this.shapes.set(name, given);
    }
  }

  propagate(node: OnnxNode): void {
    const standard = isStandard(this.model, node);
    if (standard)
      for (const [place, constant] of this.fold(node).entries()) this.addConstant(node.outputs[place] ?? '', constant);
    const sizes = standard ? this.evaluation.foldSizes(node, this, this.products) : undefined;
    if (sizes && node.outputs[0]) this.sizeLists.set(node.outputs[0], sizes);
    const inferred = standard ? inferShapes(node, this, this.evaluation.shapeRules) : [];
    const type = standard ? inferElementType(node, (name) => this.elementType(name)) : 0;
    node.outputs.forEach((name, place) => {
      if (name === '' || this.constants.has(name)) return;
      const declared = this.declared.get(name);
      const shape = mergeShapes(inferred[place] ?? null, declared?.shape ?? null);
      if (shape) this.shapes.set(name, shape);
      this.setType(name, (place === 0 || node.opType === 'Split' ? type : 0) || (declared?.type ?? 0));
    });
  }

  private fold(node: OnnxNode): readonly Constant[] {
    if (node.opType === 'Shape') {
      const shape = this.shape(node.inputs[0]!);
      const part = shape && shapePart(node, shape);
      return part?.every((size) => typeof size === 'number') ? [listConstant(part, DataType.INT64)] : [];
    }
    const inputs = node.inputs.map((name) => this.constant(name));
    return this.evaluation.foldNode(node, inputs, this.opset);
  }

  constant(name: string): Constant | undefined {
    return this.overridable.has(name) ? undefined : this.constants.get(name);
  }

  sizeList(name: string): SizeList | undefined {
    return this.sizeLists.get(name) ?? constantSizes(this, name);
  }

  shape(name: string): Shape | null {
    return this.constants.get(name)?.dims ?? this.shapes.get(name) ?? null;
  }

  elementType(name: string): number {
    return this.constants.get(name)?.dataType ?? this.types.get(name) ?? 0;
  }

  refine(name: string, rank: number, channels: number): Shape | null {
    const known = this.shape(name);
    if (known && known.length !== rank) return null;
    if (known && typeof known[1] === 'number') return known[1] === channels ? known : null;
    if (known) {
      this.settle(known[1]!, channels);
      return this.shape(name);
    }
    const shape = Array.from({ length: rank }, (_, axis) => (axis === 1 ? channels : this.freshSize()));
    this.shapes.set(name, shape);
    return shape;
  }

  /** What a free size turns out to be, it is everywhere. */
  private settle(found: Size, value: number): void {
    if (typeof found === 'number') return;
    const settled = (size: Size) => {
      if (typeof size === 'number' || size.symbol !== found.symbol) return size;
      if (sameSize(size, found)) return value;
      return found.stride === 1 ? sizeAt(size, value - found.constant) : size;
    };
    for (const [name, shape] of this.shapes) {
      if (shape.some((size) => settled(size) !== size)) this.shapes.set(name, shape.map(settled));
    }
  }

  freshSize(): Size {
    return symbol(`${UNKNOWN}${this.symbols++}`);
  }

  private sizeOf(dim: number | string | null): Size {
    if (typeof dim === 'number') return dim;
    return dim === null ? this.freshSize() : symbol(dim.startsWith(UNKNOWN) ? `"${dim}"` : dim);
  }

  private addConstant(name: string, constant: Constant | undefined): void {
    if (constant && name !== '') this.constants.set(name, constant);
  }

  private setType(name: string, type: number): void {
    if (type) this.types.set(name, type);
  }
}

/** Begins the names of sizes that nothing is known of. */
const UNKNOWN = '?';

/** What was inferred; where that says nothing of a size, what the file declares. A size that follows from an input's stays symbolic. */
function mergeShapes(inferred: Shape | null, declared: Shape | null): Shape | null {
  if (!inferred || !declared || inferred.length !== declared.length) return inferred ?? declared;
  return inferred.map((size, axis) =>
    typeof size !== 'number' && size.symbol.startsWith(UNKNOWN) && typeof declared[axis] === 'number'
      ? declared[axis]
      : size,
  );
}
