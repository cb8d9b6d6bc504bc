/** One node of a graph. Its edges are read at once, its attributes on first use. */

import { hasSubgraph, type OnnxAttribute, readAttribute, readAttributeName } from './attribute.ts';
import { Fields, type Span } from './fields.ts';
import type { OnnxGraph } from './graph.ts';
import type { FileContext } from './tensor.ts';
import { BYTES } from './wire.ts';

export interface Subgraph {
  /** The attribute that holds it; with its place where the attribute is a list of graphs. */
  readonly role: string;
  readonly graph: OnnxGraph;
}

export interface OnnxNode {
  /** Place in the graph's list of nodes. */
  readonly index: number;
  readonly opType: string;
  /** '' for the standard domain, which files also call `ai.onnx`. */
  readonly domain: string;
  /** Tells functions of one domain and name apart; '' for most. */
  readonly overload: string;
  readonly name: string;
  /** Value names; '' is an optional input that is left out. */
  readonly inputs: readonly string[];
  readonly outputs: readonly string[];
  readonly attributeNames: readonly string[];
  attribute(name: string): OnnxAttribute | undefined;
  /** Attributes that take their value from the call of the function around. */
  readonly references: readonly string[];
  /** Its subgraphs, in the order of its attributes. */
  readonly subgraphs: readonly Subgraph[];
  /** Values of outer graphs that the node's subgraphs read, those nested in them too. */
  readonly captures: readonly string[];
}

/** The standard domain's two names are one. */
export function normalizeDomain(domain: string): string {
  return domain === 'ai.onnx' ? '' : domain;
}

/** A function's name as `domain::name`, with `:overload` behind where it has one. A node's is that of the function it calls, if any. */
export function qualifiedName({ domain, opType, overload }: Pick<OnnxNode, 'domain' | 'opType' | 'overload'>): string {
  return `${domain}::${opType}${overload === '' ? '' : `:${overload}`}`;
}

/** Reads a NodeProto, the one at `index` of a graph of the given depth. */
export function readNode(context: FileContext, span: Span, index: number, depth: number): OnnxNode {
  return new FileNode(context, span, index, depth);
}

class FileNode implements OnnxNode {
  readonly index: number;
  readonly opType: string = '';
  readonly domain: string = '';
  readonly overload: string = '';
  readonly name: string = '';
  readonly inputs: readonly string[];
  readonly outputs: readonly string[];
  readonly #context: FileContext;
  readonly #depth: number;
  readonly #attributeSpans: readonly Span[];
  #spansByName: Map<string, Span> | undefined;
  readonly #attributes: Map<string, OnnxAttribute> = new Map();
  #subgraphs: readonly Subgraph[] | undefined;
  #captured: readonly string[] | undefined;

  constructor(context: FileContext, span: Span, index: number, depth: number) {
    const inputs: string[] = [];
    const outputs: string[] = [];
    const attributeSpans: Span[] = [];
    const fields = new Fields(context.skeleton, [span]);
    while (fields.next()) {
      if (fields.tag === ((1 << 3) | BYTES)) inputs.push(fields.text);
      else if (fields.tag === ((2 << 3) | BYTES)) outputs.push(fields.text);
      else if (fields.tag === ((3 << 3) | BYTES)) this.name = fields.text;
      else if (fields.tag === ((4 << 3) | BYTES)) this.opType = fields.text;
      else if (fields.tag === ((5 << 3) | BYTES)) attributeSpans.push(fields.span);
      else if (fields.tag === ((7 << 3) | BYTES)) this.domain = normalizeDomain(fields.text);
      else if (fields.tag === ((8 << 3) | BYTES)) this.overload = fields.text;
    }
    this.index = index;
    this.inputs = inputs;
    this.outputs = outputs;
    this.#context = context;
    this.#depth = depth;
    this.#attributeSpans = attributeSpans;
  }

  get attributeNames(): readonly string[] {
    return [...this.#spans.keys()];
  }

  attribute(name: string): OnnxAttribute | undefined {
    const span = this.#spans.get(name);
    if (span === undefined) return undefined;
    let attribute = this.#attributes.get(name);
    if (attribute === undefined) {
      attribute = readAttribute(this.#context, span, this.#depth);
      this.#attributes.set(name, attribute);
    }
    return attribute;
  }

  get references(): readonly string[] {
    if (!this.#context.inFunction) return [];
    return this.attributeNames.filter((name) => this.attribute(name)!.reference !== undefined);
  }

  get subgraphs(): readonly Subgraph[] {
    this.#subgraphs ??= this.#findSubgraphs();
    return this.#subgraphs;
  }

  get captures(): readonly string[] {
    this.#captured ??= [...new Set(this.subgraphs.flatMap(({ graph }) => [...outerNames(graph)]))];
    return this.#captured;
  }

  get #spans(): Map<string, Span> {
    this.#spansByName ??= new Map(this.#attributeSpans.map((span) => [readAttributeName(this.#context, span), span]));
    return this.#spansByName;
  }

  #findSubgraphs(): readonly Subgraph[] {
    if (!this.#attributeSpans.some((span) => hasSubgraph(this.#context, span))) return [];
    return this.attributeNames.flatMap((name) => {
      const { graph, graphs = [] } = this.attribute(name)!;
      if (graph) return [{ role: name, graph }];
      return graphs.map((one, place) => ({ role: `${name}[${place}]`, graph: one }));
    });
  }
}

/** Names that a graph reads but does not define. */
function outerNames(graph: OnnxGraph): Set<string> {
  const read = new Set(graph.outputs.map(({ name }) => name));
  const defined = new Set(['', ...graph.initializers.keys(), ...graph.sparseInitializers.keys()]);
  for (const input of graph.inputs) defined.add(input.name);
  for (const node of graph.nodes) {
    for (const input of node.inputs) read.add(input);
    for (const capture of node.captures) read.add(capture);
    for (const output of node.outputs) defined.add(output);
  }
  for (const name of defined) read.delete(name);
  return read;
}
