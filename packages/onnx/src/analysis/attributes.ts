/** Typed reading of node attributes, with the operator's defaults. */
import type { OnnxNode } from '../proto/node.ts';

export function intAttribute(node: OnnxNode, name: string, fallback: number): number {
  return node.attribute(name)?.int ?? fallback;
}

export function floatAttribute(node: OnnxNode, name: string, fallback: number): number {
  return node.attribute(name)?.float ?? fallback;
}

export function stringAttribute(node: OnnxNode, name: string, fallback: string): string {
  return node.attribute(name)?.string ?? fallback;
}

export function intsAttribute(node: OnnxNode, name: string): readonly number[] | undefined {
  return node.attribute(name)?.ints;
}
