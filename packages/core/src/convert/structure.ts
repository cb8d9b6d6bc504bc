/** A model's main graph as it is drawn: its nodes and edges, and what the algebra knows of each value. */
import type { Graph } from '../graph.ts';
import type { NodeReference } from './report.ts';

/** A node that computes something of the model's inputs; constants and what is computed of them alone are none. */
export interface StructureNode extends NodeReference {
  /** Names of the values that it reads; constants are left out. */
  readonly inputs: readonly string[];
  /** Names of the values that it makes. */
  readonly outputs: readonly string[];
}

export interface ModelStructure {
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
