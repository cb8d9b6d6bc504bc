/** What a graph is given and what it gives: as its signature says, or by its nodes. */
import { ShapeError, type Size, symbol } from '@reparam/core';
import type { Shape } from '../convert/model-view.ts';
import { isObject } from '../json.ts';
import { readShape, shapeAttribute } from './attributes.ts';
import { type NodeDef, nodeOf, valueName } from './node-def.ts';

export interface GraphEnds {
  /** Names of values. */
  readonly inputs: readonly string[];
  readonly outputs: readonly string[];
  /** Shapes of the inputs, as far as they are declared or given. */
  readonly shapes: ReadonlyMap<string, Shape | null>;
}

type GivenShapes = Readonly<Record<string, readonly number[]>>;

export function readEnds(nodes: readonly NodeDef[], signature: unknown, given: GivenShapes): GraphEnds {
  const byName = new Map(nodes.map((node) => [node.name, node]));
  const named = (key: 'inputs' | 'outputs') => entriesOf(signature, key).filter(({ name }) => byName.has(nodeOf(name)));
  const placeholders = nodes.filter(({ op }) => op.startsWith('Placeholder')).map(({ name }) => name);
  const inputs = [...new Set([...placeholders, ...named('inputs').map(({ name }) => name)])];
  const outputs = named('outputs').map(({ name }) => name);
  const read = new Set(nodes.flatMap((node) => [...node.inputs.map(nodeOf), ...node.control]));
  const leaves = nodes.filter(({ name }) => !read.has(name)).map(({ name }) => name);
  return {
    inputs,
    // Without a signature TensorFlow.js gives whatever nothing reads.
    outputs: outputs.length > 0 ? [...outputs, ...leaves] : leaves,
    shapes: new Map(
      inputs.map((name) => {
        const declared = declaredShape(
          byName.get(nodeOf(name)),
          named('inputs').find((entry) => entry.name === name)?.shape,
        );
        return [name, settle(name, declared, given[name])];
      }),
    ),
  };
}

interface Entry {
  readonly name: string;
  readonly shape: number[] | null;
}

function entriesOf(signature: unknown, key: 'inputs' | 'outputs'): Entry[] {
  const entries = isObject(signature) ? signature[key] : undefined;
  if (!isObject(entries)) return [];
  return Object.entries(entries).flatMap(([own, entry]) => {
    if (!isObject(entry)) return [];
    const name = typeof entry.name === 'string' ? entry.name : own;
    return [{ name: valueName(name), shape: readShape(entry.tensorShape) }];
  });
}

function declaredShape(node: NodeDef | undefined, signed: number[] | null | undefined): number[] | null {
  const own = node?.attributes.shape === undefined ? null : shapeAttribute(node.attributes, 'shape');
  // An attribute without dims says nothing: converters drop them.
  return own && own.length > 0 ? own : (signed ?? null);
}

function settle(name: string, declared: readonly number[] | null, given: readonly number[] | undefined): Shape | null {
  if (given && declared && !fits(declared, given))
    throw new ShapeError(
      `input "${name}": found the shape [${given.join(', ')}], expected [${declared.map((size) => (size < 0 ? 'any' : size)).join(', ')}]`,
    );
  const sizes = given ?? declared;
  if (!sizes) return null;
  return sizes.map((size, axis): Size => {
    const isBatch = axis === 0 && (declared?.[0] ?? -1) < 0;
    return size < 0 || isBatch ? symbol(`${name}:${axis}`) : size;
  });
}

function fits(declared: readonly number[], given: readonly number[]): boolean {
  return declared.length === given.length && declared.every((size, axis) => size < 0 || size === given[axis]);
}
