/** Changes to single fields of a file, at any depth. All other bytes stay as they are; only the lengths around a change are written anew. */

import { appendChunks, type Chunk, totalSize } from './chunks.ts';
import { fieldHeader } from './encode.ts';
import { Fields, type Span, wholeFile } from './fields.ts';
import { type MessageKind, MODEL } from './schema.ts';
import type { Skeleton } from './skeleton.ts';
import { BYTES } from './wire.ts';

/** What to do with one field. */
export interface FieldEdit {
  /** New bytes before it. */
  readonly before: Chunk[];
  /** New bytes in its place; an empty list removes it. */
  replacement?: Chunk[];
  /** New bytes at the end of its value, which is a message. */
  readonly appended: Chunk[];
  /** New bytes behind it. */
  readonly after: Chunk[];
}

/** The edits of a file, by the offset where a field starts. */
export class Edits {
  readonly #byOffset: Map<number, FieldEdit> = new Map();
  #offsets: number[] | undefined;

  /** The edit of the field at an offset, empty at first. */
  at(offset: number): FieldEdit {
    let edit = this.#byOffset.get(offset);
    if (edit === undefined) {
      edit = { before: [], appended: [], after: [] };
      this.#byOffset.set(offset, edit);
      this.#offsets = undefined;
    }
    return edit;
  }

  get(offset: number): FieldEdit | undefined {
    return this.#byOffset.get(offset);
  }

  /** Whether a field that starts from `start` on, and before `end`, has an edit. */
  within(start: number, end: number): boolean {
    this.#offsets ??= [...this.#byOffset.keys()].sort((first, second) => first - second);
    let low = 0;
    let high = this.#offsets.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (this.#offsets[middle]! < start) low = middle + 1;
      else high = middle;
    }
    return low < this.#offsets.length && this.#offsets[low]! < end;
  }
}

/** The file with all edits made. */
export function applyEdits(skeleton: Skeleton, edits: Edits): Chunk[] {
  const { source } = skeleton;
  if (!edits.within(0, source.size)) return [{ source, start: 0, end: source.size }];
  return editMessage(skeleton, edits, MODEL, wholeFile(skeleton));
}

function editMessage(skeleton: Skeleton, edits: Edits, kind: MessageKind, span: Span): Chunk[] {
  const { source } = skeleton;
  const chunks: Chunk[] = [];
  const fields = new Fields(skeleton, [span]);
  while (fields.next()) {
    const { fileStart: start, fileEnd: end } = fields;
    const { before = [], replacement, appended = [], after = [] } = edits.get(start) ?? {};
    const child = (fields.tag & 7) === BYTES ? kind.children[fields.number] : undefined;
    appendChunks(chunks, before);
    if (replacement) appendChunks(chunks, replacement);
    else if (child && (appended.length > 0 || edits.within(fields.fileValueStart, end))) {
      const value = editMessage(skeleton, edits, child, fields.span);
      appendChunks(value, appended);
      appendChunks(chunks, [fieldHeader(fields.number, totalSize(value)), ...value]);
    } else appendChunks(chunks, [{ source, start, end }]);
    appendChunks(chunks, after);
  }
  return chunks;
}
