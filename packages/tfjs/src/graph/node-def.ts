/** The nodes of a GraphDef, checked once at the door. */
import { FormatError } from '@reparam/core';
import { isObject, type JsonObject, shown } from '../json.ts';
import type { Attributes } from './attributes.ts';

export interface NodeDef {
  readonly name: string;
  readonly op: string;
  /** Names of values; control inputs left out. */
  readonly inputs: readonly string[];
  /** Names of nodes that must have run. */
  readonly control: readonly string[];
  readonly attributes: Attributes;
  readonly json: JsonObject;
}

/** A GraphDef: `{ node: [...] }`. */
export function isGraphTopology(topology: unknown): topology is JsonObject {
  return isObject(topology) && Array.isArray(topology.node);
}

/** @throws FormatError where a node is malformed, a name appears twice, or an input is made by no node. */
export function readNodes(topology: JsonObject): NodeDef[] {
  const nodes = (topology.node as unknown[]).map(readNode);
  const names = new Set<string>();
  for (const { name } of nodes) {
    if (names.has(name)) throw malformed(`two nodes are named "${name}", expected each name once`);
    names.add(name);
  }
  for (const { name, inputs, control } of nodes) {
    for (const input of [...inputs.map(nodeOf), ...control])
      if (!names.has(input)) throw malformed(`node "${name}" reads "${input}", which no node makes`);
  }
  return nodes;
}

function readNode(json: unknown): NodeDef {
  if (!isObject(json) || typeof json.name !== 'string' || typeof json.op !== 'string')
    throw malformed(`found ${shown(json)} in the list of nodes, expected { name, op }`);
  const list = json.input ?? [];
  if (!Array.isArray(list) || !list.every((input) => typeof input === 'string'))
    throw malformed(`the inputs of "${json.name}" are ${shown(list)}, expected a list of names`);
  const isControl = (input: string) => input.startsWith('^');
  return {
    name: json.name,
    op: json.op,
    inputs: list.filter((input) => !isControl(input)).map(valueName),
    control: list.filter(isControl).map((input) => input.slice(1)),
    attributes: isObject(json.attr) ? json.attr : {},
    json,
  };
}

/** `a` for the first output of node a, `a:1` for the second; `a:output:1` is the second too. */
export function valueName(input: string): string {
  const parts = input.split(':');
  const index = parts.length === 1 ? 0 : Number(parts.at(-1));
  return index === 0 ? parts[0]! : `${parts[0]}:${index}`;
}

/** The node that makes a value. */
export function nodeOf(value: string): string {
  return value.split(':')[0]!;
}

function malformed(found: string): FormatError {
  return new FormatError(`the graph is malformed: ${found}`, {
    hint: 'convert the model again: TensorFlow.js does not load it either',
  });
}
