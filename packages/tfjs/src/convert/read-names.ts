/** The names under which rewrites read values; a moved source that is not in the model is made where it is first read. */
import type { ValueId } from '@reparam/core';
import type { ViewGraph } from './build-graph.ts';
import { ownShape } from './follow-moves.ts';
import type { ModelView, WriteMovement, WriteRequest } from './model-view.ts';
import { movedShape } from './moved-shape.ts';

export interface ReadNamesOptions {
  readonly view: ModelView;
  readonly viewGraph: ViewGraph;
  readonly aliases: ReadonlyMap<string, string>;
}

/** `rename` tells the name under which a value that is not in the model has been made. */
export function readNames({
  view,
  viewGraph: { graph },
  aliases,
}: ReadNamesOptions): Pick<WriteRequest, 'nameOf' | 'rename'> {
  const made = new Map<ValueId, string>();
  function nameOf(value: ValueId, move: WriteMovement): string {
    const { moved, name } = graph.values[value]!;
    if (!moved?.steps) return aliases.get(name) ?? name;
    const known = made.get(value);
    if (known !== undefined) return known;
    let shape = ownShape(graph.values[moved.source]!.shape, view);
    let output = nameOf(moved.source, move);
    for (const step of moved.steps) {
      shape = movedShape(step, shape);
      output = move(step, output, shape);
    }
    made.set(value, output);
    return output;
  }
  const read = new Set(view.nodes.flatMap(({ inputs }) => inputs));
  function rename(value: ValueId, name: string): void {
    // What nothing reads is the model's output for just that: others that read the same make it anew.
    if (view.producers.has(name) && !read.has(name)) made.delete(value);
    else made.set(value, name);
  }
  return { nameOf, rename };
}
