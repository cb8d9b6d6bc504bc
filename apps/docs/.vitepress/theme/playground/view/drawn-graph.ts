/** A graph as it is drawn: boxes and lines with their places. Lengths in pixels at scale 1. */

export interface DrawnNode {
  /** As reports have it, without the place of its graph; empty for what the caller gives or takes. */
  readonly name: string;
  /** Operator, or name of a value that the caller gives or takes. */
  readonly label: string;
  /** A second line: kernel, channels; or what is inside. */
  readonly detail: string;
  /** Of its first output: "[1, 64, 56, 56]"; empty where it is not known. */
  readonly shape: string;
  readonly kind: 'linear' | 'norm' | 'activation' | 'other' | 'end';
  /** Place in the list of regions, or -1. */
  readonly region: number;
  /** Places in the list of refusals. */
  readonly refusals: readonly number[];
  /** Places of the graphs inside of it. */
  readonly opens: readonly string[];
  /** Centre. */
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
}

export interface DrawnEdge {
  /** Places in `nodes`. */
  readonly from: number;
  readonly to: number;
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
