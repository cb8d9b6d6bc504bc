/** A graph as it is drawn: boxes and lines with their places. Lengths in pixels at scale 1. */

export interface DrawnNode {
  /** Name and operator, as reports have them; empty for what the caller gives or takes. */
  readonly name: string;
  readonly label: string;
  /** A second line: kernel, channels. */
  readonly detail: string;
  readonly kind: 'linear' | 'norm' | 'activation' | 'other' | 'end';
  /** Place in the list of regions, or -1. */
  readonly region: number;
  /** Places in the list of refusals. */
  readonly refusals: readonly number[];
  /** Centre. */
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
}

export interface DrawnEdge {
  /** Where the line bends, from its start to its end: x, y, x, y and so on. */
  readonly points: readonly number[];
  /** The region that both ends are in, or -1. */
  readonly region: number;
}

export interface DrawnGraph {
  readonly width: number;
  readonly height: number;
  readonly nodes: readonly DrawnNode[];
  readonly edges: readonly DrawnEdge[];
}
