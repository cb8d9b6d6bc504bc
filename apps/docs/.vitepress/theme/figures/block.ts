/** A block of a network as a tree, drawn from top to bottom. */

/** An operator by its label; operators in a row; branches that start at one value and meet again. */
export type Block = string | { readonly row: readonly Block[] } | Branches;

export interface Branches {
  readonly branches: readonly Block[];
  /** What stands where they meet: `+`, `−`, `concat`. */
  readonly join: string;
}

/** A skip connection: a line. */
export const skip: Block = { row: [] };

export function row(...blocks: readonly Block[]): Block {
  return { row: blocks };
}

export function sum(...branches: readonly Block[]): Block {
  return { branches, join: '+' };
}

export function join(sign: string, ...branches: readonly Block[]): Block {
  return { branches, join: sign };
}
