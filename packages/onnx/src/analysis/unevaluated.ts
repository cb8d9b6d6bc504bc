/** Constants that are none to the converter, since an operator that it does not evaluate makes them. */
import type { OnnxNode } from '../proto/node.ts';
import { isRandom } from './random.ts';
import type { Scope } from './scope.ts';

/** The first operator that reads constants alone and that is not evaluated, behind a value that depends on nothing else; null where none is. */
export function findUnevaluated(name: string, scope: Scope): OnnxNode | null {
  const found = new Set<OnnxNode>();
  const seen = new Set<string>();
  const queue = [name];
  for (let next = queue.pop(); next !== undefined; next = queue.pop()) {
    if (seen.has(next) || scope.constant(next)) continue;
    seen.add(next);
    const maker = scope.overridable.has(next) ? undefined : scope.maker(next);
    if (!maker || isRandom(maker)) return null;
    const read = [...maker.inputs, ...maker.captures].filter((input) => input !== '');
    if (read.every((input) => scope.constant(input))) found.add(maker);
    queue.push(...read);
  }
  return [...found][0] ?? null;
}
