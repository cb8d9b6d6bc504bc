/** Where the parts of a drawn block lie: boxes, lines, and the circles where branches meet. Lengths in CSS pixels. */
import type { Block, Branches } from './block.ts';

export interface Box {
  readonly kind: 'linear' | 'norm' | 'activation' | 'other' | 'join';
  readonly label: string;
  /** Centre. */
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
}

export interface Drawing {
  readonly width: number;
  readonly height: number;
  readonly boxes: readonly Box[];
  /** Corners of each line. */
  readonly lines: readonly (readonly (readonly [x: number, y: number])[])[];
}

const HEIGHT = 28;
const JOIN = 24;
const GAP = 14;
const SIDE_GAP = 16;
const BEND = 12;

/** The block with its input at the middle of the top and its output at the middle of the bottom. */
export function layOut(block: Block): Drawing {
  if (typeof block === 'string') return layOutBox(block, kindOf(block), Math.max(52, 7.4 * block.length + 18));
  return 'row' in block ? layOutRow(block.row) : layOutBranches(block);
}

function layOutBox(label: string, kind: Box['kind'], width: number, height = HEIGHT): Drawing {
  return {
    width,
    height,
    boxes: [{ kind, label, x: width / 2, y: height / 2, width, height }],
    lines: [],
  };
}

function layOutRow(blocks: readonly Block[]): Drawing {
  if (blocks.length === 0) return { width: 8, height: 0, boxes: [], lines: [] };
  const parts = blocks.map(layOut);
  const width = Math.max(...parts.map((part) => part.width));
  let y = 0;
  const drawings = parts.map((part, index) => {
    const placed = move(part, (width - part.width) / 2, y);
    const line = index === 0 ? [] : [vertical(width / 2, y - GAP, y)];
    y += part.height + GAP;
    return { ...placed, lines: [...placed.lines, ...line] };
  });
  return merge(drawings, width, y - GAP);
}

function layOutBranches({ branches, join }: Branches): Drawing {
  const parts = branches.map(layOut);
  const width = parts.reduce((total, part) => total + part.width, SIDE_GAP * (parts.length - 1));
  const height = Math.max(...parts.map((part) => part.height));
  const joined = layOutBox(join, 'join', join.length > 1 ? 7.4 * join.length + 14 : JOIN, JOIN);
  const whole = Math.max(width, joined.width);
  const bottom = 2 * BEND + height;
  let x = (whole - width) / 2;
  const drawings = parts.map((part) => {
    const centre = x + part.width / 2;
    const placed = move(part, x, BEND);
    x += part.width + SIDE_GAP;
    const above = [
      [whole / 2, 0],
      [whole / 2, 4],
      [centre, 4],
      [centre, BEND],
    ] as const;
    const below = [
      [centre, BEND + part.height],
      [centre, bottom - 4],
      [whole / 2, bottom - 4],
      [whole / 2, bottom],
    ] as const;
    return { ...placed, lines: [...placed.lines, above, below] };
  });
  return merge([...drawings, move(joined, (whole - joined.width) / 2, bottom)], whole, bottom + joined.height);
}

function kindOf(label: string): Box['kind'] {
  if (/relu|gelu|silu|softmax|φ|swish/i.test(label) && !/slope 1/.test(label)) return 'activation';
  if (/^BN/.test(label)) return 'norm';
  return /\d×\d|conv|linear|matmul|pool/i.test(label) ? 'linear' : 'other';
}

function vertical(x: number, from: number, to: number) {
  return [
    [x, from],
    [x, to],
  ] as const;
}

function move({ boxes, lines, ...size }: Drawing, x: number, y: number): Drawing {
  return {
    ...size,
    boxes: boxes.map((box) => ({ ...box, x: box.x + x, y: box.y + y })),
    lines: lines.map((line) => line.map(([left, top]) => [left + x, top + y] as const)),
  };
}

function merge(parts: readonly Drawing[], width: number, height: number): Drawing {
  return { width, height, boxes: parts.flatMap((part) => part.boxes), lines: parts.flatMap((part) => part.lines) };
}
