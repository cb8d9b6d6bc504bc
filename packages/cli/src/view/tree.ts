/** Lines of text as a tree. */

export interface Branch {
  readonly text: string;
  readonly children?: readonly Branch[];
}

/** The branches under a heading, each line led by the tree's strokes. */
export function renderBranches(branches: readonly Branch[], indent = ''): string[] {
  return branches.flatMap(({ text, children = [] }, index) => {
    const last = index === branches.length - 1;
    const below = renderBranches(children, `${indent}${last ? '   ' : '│  '}`);
    return [`${indent}${last ? '└─ ' : '├─ '}${text}`, ...below];
  });
}
