/** Which nodes compute the same as an earlier one: equal operators and attributes on equal values and equal weights. */
import { isRandom } from '../analysis/random.ts';
import { isStandard, type Scope } from '../analysis/scope.ts';
import { AttributeType } from '../proto/attribute.ts';
import type { OnnxNode } from '../proto/node.ts';
import { withValues } from './context.ts';

/** For each node that repeats an earlier one, that one. */
export type Repeats = ReadonlyMap<OnnxNode, OnnxNode>;

export async function findRepeats(scope: Scope): Promise<Repeats> {
  const repeats = new Map<OnnxNode, OnnxNode>();
  /** The first value that is equal to a value. */
  const firstOf = new Map<string, string>();
  const candidates = new Map<string, OnnxNode[]>();
  for (const node of scope.nodes) {
    if (node.outputs.every((name) => name === '' || scope.constant(name))) continue;
    const key = keyOf(node, scope, firstOf);
    if (key === null) continue;
    const same = candidates.get(key) ?? [];
    candidates.set(key, same);
    const first = await findEqual(node, same, scope);
    if (!first) {
      same.push(node);
      continue;
    }
    repeats.set(node, first);
    node.outputs.forEach((name, place) => {
      if (name !== '') firstOf.set(name, first.outputs[place]!);
    });
  }
  return repeats;
}

/** All but the contents of constants; null where a node is not known to be a function of its inputs. */
function keyOf(node: OnnxNode, scope: Scope, firstOf: ReadonlyMap<string, string>): string | null {
  if (!isStandard(scope.model, node) || isRandom(node) || node.opType === 'Dropout') return null;
  const attributes: unknown[] = [];
  for (const name of [...node.attributeNames].sort()) {
    const attribute = node.attribute(name)!;
    const { type, int, float, string, ints, floats, strings } = attribute;
    if (!PLAIN.has(type)) return null;
    attributes.push([name, int, float, string, ints, floats, strings]);
  }
  const inputs = node.inputs.map((name) => {
    const constant = scope.constant(name);
    return constant ? [constant.dataType, constant.dims] : (firstOf.get(name) ?? name);
  });
  return JSON.stringify([node.opType, node.outputs.length, attributes, inputs]);
}

const PLAIN: ReadonlySet<number> = new Set<number>([
  AttributeType.FLOAT,
  AttributeType.INT,
  AttributeType.STRING,
  AttributeType.FLOATS,
  AttributeType.INTS,
  AttributeType.STRINGS,
]);

async function findEqual(node: OnnxNode, same: readonly OnnxNode[], scope: Scope): Promise<OnnxNode | undefined> {
  for (const other of same) {
    let equal = true;
    for (const [place, name] of node.inputs.entries())
      equal &&= name === other.inputs[place] || (await haveEqualValues(name, other.inputs[place]!, scope));
    if (equal) return other;
  }
  return undefined;
}

/** Of two constants; other values were compared by their keys. */
async function haveEqualValues(a: string, b: string, scope: Scope): Promise<boolean> {
  const [first, second] = [scope.constant(a), scope.constant(b)];
  if (!first || !second) return true;
  return withValues(first.values, (values) =>
    withValues(second.values, (others) => values.every((value, index) => value === others[index])),
  );
}
