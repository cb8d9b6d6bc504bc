/** A drawn equation between grids of cells: kernels, maps, rows of a matrix. */

/** A grid: each character is a cell, which `cells` gives a colour; a space is none. */
export interface CellGrid {
  readonly rows: readonly string[];
  readonly caption?: string;
  /** What is written in cells, by character. */
  readonly labels?: Readonly<Record<string, string>>;
  /** Square cells of this many pixels. Default 24. */
  readonly size?: number;
}

/** Grids and the signs between them. */
export type CellPart = CellGrid | string;

/** Colours of a character: `a` to `d` are four colours, `.` is zero, `p` padding; others are several at once. */
export function coloursOf(character: string, mixes: Readonly<Record<string, string>>): string[] {
  return [...(mixes[character] ?? character)];
}
