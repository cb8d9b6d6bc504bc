/** Nodes that the runtime is asked to evaluate: they read constants alone, and what they make is not known. */
import { countOf } from '../analysis/constant.ts';
import { LARGEST_FILL } from '../analysis/fold/table.ts';
import { QUANTIZER } from '../analysis/operator-kinds.ts';
import { isRandom } from '../analysis/random.ts';
import type { Region } from '../analysis/region.ts';
import { isStandard, type Scope } from '../analysis/scope.ts';
import type { OnnxGraph } from '../proto/graph.ts';
import { type OnnxNode, qualifiedName } from '../proto/node.ts';
import { functionAround } from './function-around.ts';

/** Domains of ONNX Runtime itself. Of others nobody knows whether their operators give the same in each run. */
const DOMAINS: ReadonlySet<string> = new Set(['', 'ai.onnx.ml', 'com.microsoft']);

/** The pending nodes of one graph, in topological order. What quantizers make stays, so that nothing is rounded otherwise. */
export function pendingNodes(region: Region): OnnxNode[] {
  const { scope } = region;
  const inFunction = functionAround(region) !== undefined;
  return scope.nodes.filter((node) => {
    const read = valuesRead(node);
    return (
      read.length > 0 &&
      read.every((name) => scope.constant(name)) &&
      node.outputs.some((name) => name !== '' && !scope.constant(name)) &&
      node.references.length === 0 &&
      isRepeatable(node, scope, new Set()) &&
      !isTooLarge(node, scope) &&
      !(inFunction && dependsOnCall(node, scope))
    );
  });
}

/** Values that a node reads, in its bodies too. */
export function valuesRead({ inputs, captures }: OnnxNode): string[] {
  return [...new Set([...inputs, ...captures])].filter((name) => name !== '');
}

/** Whether a node gives the same in each run, in its bodies and in functions that it calls too. */
function isRepeatable(node: OnnxNode, scope: Scope, seen: Set<OnnxGraph>): boolean {
  const { domain, opType, subgraphs } = node;
  const called = scope.model.functions.get(qualifiedName(node))?.graph;
  const isKnown = called !== undefined || DOMAINS.has(domain);
  if (!isKnown || isRandom(node) || /Dropout|^Dequantize/.test(opType) || QUANTIZER.test(opType)) return false;
  const inner = [...subgraphs.map(({ graph }) => graph), ...(called ? [called] : [])].filter(
    (graph) => !seen.has(graph),
  );
  for (const graph of inner) seen.add(graph);
  return inner.every((graph) => graph.nodes.every((one) => isRepeatable(one, scope, seen)));
}

function isTooLarge({ outputs }: OnnxNode, scope: Scope): boolean {
  return outputs.some((name) => {
    const shape = scope.shape(name);
    return shape?.every((size) => typeof size === 'number') && countOf(shape as readonly number[]) > LARGEST_FILL;
  });
}

/** Whether a constant of a function follows from the size of what a call gives, so that another call may have another. */
function dependsOnCall(node: OnnxNode, scope: Scope): boolean {
  const seen = new Set<OnnxNode>();
  const queue = [node];
  for (let next = queue.pop(); next; next = queue.pop()) {
    if (seen.has(next)) continue;
    seen.add(next);
    if (!isStandard(scope.model, next) || next.opType === 'Shape' || next.opType === 'Size') return true;
    for (const name of valuesRead(next)) {
      const maker = scope.maker(name);
      if (maker) queue.push(maker);
    }
  }
  return false;
}
