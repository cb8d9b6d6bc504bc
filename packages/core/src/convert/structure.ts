/** A model's graphs as they are drawn: their nodes and edges, and what the algebra knows of each value. */
import type { Graph } from '../graph.ts';
import type { NodeReference } from './report.ts';

/** A node that computes something of the model's inputs; constants and what is computed of them alone are none. */
export interface StructureNode extends NodeReference {
  /** Names of the values that it reads; constants are left out. */
  readonly inputs: readonly string[];
  /** Names of the values that it makes. */
  readonly outputs: readonly string[];
  /** Places of the inner graphs that it runs; left out where it runs none. */
  readonly opens?: readonly string[];
}

/** One graph of a model. */
export interface GraphStructure {
  /** In topological order, under the names that reports use. */
  readonly nodes: readonly StructureNode[];
  /** Names of the values that the caller gives and takes. */
  readonly inputs: readonly string[];
  readonly outputs: readonly string[];
  /**
   * Values as the algebra has them, found by their names: shapes, and for what is linear its terms. Weights are read with `readArray`
   * once the array's `sources` are loaded.
   */
  readonly graph: Graph;
}

/** A body of control flow, or a function of the model. */
export interface InnerStructure extends GraphStructure {
  /** What reports put before the names of its nodes: "If_12/then_branch", "local::Block". */
  readonly place: string;
  /** Place of the graph around it, "" for the main one. A function, which may be called from anywhere, has the main one around it. */
  readonly around: string;
  /** Name of the node that runs the body, without its place; of a function, its own. */
  readonly owner: string;
  /** Which of the owner's bodies it is, such as "then_branch"; empty for a function. */
  readonly role: string;
}

/** The main graph, and those inside of it. */
export interface ModelStructure extends GraphStructure {
  /** At any depth, each behind the one around it; left out where there are none. */
  readonly inner?: readonly InnerStructure[];
}
