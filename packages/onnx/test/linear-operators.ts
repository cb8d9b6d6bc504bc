/** Counts the linear operators of a model, as fixtures/linear_operators.py of the testing package does. */
import { isFloat } from '../src/analysis/constant.ts';
import { readScope } from '../src/analysis/read-scope.ts';
import type { Scope } from '../src/analysis/scope.ts';
import * as evaluation from '../src/evaluation.ts';
import { openModel } from '../src/proto/model.ts';
import type { OnnxNode } from '../src/proto/node.ts';
import { bytesSource } from '../src/proto/source.ts';

const ALWAYS = ['Conv', 'ConvTranspose', 'Gemm', 'BatchNormalization', 'AveragePool'];
const ELEMENTWISE = ['Add', 'Sub', 'Mul', 'Div'];
const JOINING = ['Add', 'Sub', 'Sum'];

/** How many there are of each kind. */
export async function countByKind(bytes: Uint8Array): Promise<Record<string, number>> {
  const scope = readScope(await openModel(bytesSource(bytes)), evaluation);
  const fixed = fixedNames(scope);
  const counts: Record<string, number> = {};
  for (const node of scope.nodes)
    if (isLinear(node, scope, fixed)) counts[node.opType] = (counts[node.opType] ?? 0) + 1;
  return counts;
}

export async function countLinearOperators(bytes: Uint8Array): Promise<number> {
  return Object.values(await countByKind(bytes)).reduce((sum, count) => sum + count, 0);
}

/** Names of values that do not depend on the model's inputs, whether the converter can compute them or not. */
function fixedNames({ model, nodes }: Scope): Set<string> {
  const fixed = new Set([...model.graph.initializers.keys(), ...model.graph.sparseInitializers.keys()]);
  for (const node of nodes) {
    const inputs = node.inputs.filter((name) => name !== '');
    if (node.opType !== 'Constant' && (inputs.length === 0 || !inputs.every((name) => fixed.has(name)))) continue;
    for (const name of node.outputs) fixed.add(name);
  }
  return fixed;
}

function isLinear(node: OnnxNode, scope: Scope, fixed: ReadonlySet<string>): boolean {
  const type = scope.elementType(node.outputs[0] ?? '');
  if (node.domain !== '' || node.outputs.every((name) => fixed.has(name)) || (type !== 0 && !isFloat(type)))
    return false;
  if (ALWAYS.includes(node.opType)) return true;
  const constants = node.inputs.filter((name) => fixed.has(name));
  if (constants.length === 0) return JOINING.includes(node.opType);
  if (node.opType === 'MatMul') return true;
  const dims = scope.shape(constants[0]!);
  return ELEMENTWISE.includes(node.opType) && (dims ?? []).filter((size) => size !== 1).length <= 1;
}
