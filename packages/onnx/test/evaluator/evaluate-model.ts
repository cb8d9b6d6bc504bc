/**
 * Runs models in float64 with operators written down from their definitions: an oracle for what ONNX Runtime cannot run, such as bfloat16
 * and the oldest opsets. It shares no code with the converter but the reading of files.
 */
import type { OnnxModel } from '../../src/proto/model.ts';
import type { OnnxNode } from '../../src/proto/node.ts';
import { array, type NdArray } from './array.ts';
import { operators } from './operators.ts';

/** The outputs for these inputs. Throws an Error for an operator that it has not got. */
export async function evaluateModel(
  { graph, opsets }: OnnxModel,
  inputs: Readonly<Record<string, NdArray>>,
): Promise<Record<string, NdArray>> {
  const values = new Map<string, NdArray>(Object.entries(inputs));
  for (const [name, tensor] of graph.initializers) {
    await tensor.load();
    values.set(name, array(tensor.dims, tensor.values()));
  }
  const waiting = new Set(graph.nodes);
  while (waiting.size > 0) {
    const ready = [...waiting].filter((node) => node.inputs.every((name) => name === '' || values.has(name)));
    if (ready.length === 0) throw new Error('the nodes depend on each other');
    for (const node of ready) {
      waiting.delete(node);
      const results = await evaluateNode(node, values, opsets.get('') ?? 1);
      for (const [place, result] of results.entries()) values.set(node.outputs[place]!, result);
    }
  }
  return Object.fromEntries(graph.outputs.map(({ name }) => [name, values.get(name)!]));
}

async function evaluateNode(
  node: OnnxNode,
  values: ReadonlyMap<string, NdArray>,
  opset: number,
): Promise<readonly NdArray[]> {
  if (node.opType === 'Constant') {
    const { tensor } = node.attribute('value')!;
    await tensor!.load();
    return [array(tensor!.dims, tensor!.values())];
  }
  const operator = operators[node.opType];
  if (!operator || node.domain !== '') throw new Error(`${node.domain}::${node.opType} is not evaluated`);
  const inputs = node.inputs.map((name) => values.get(name)) as NdArray[];
  const result = operator(node, inputs, opset);
  return 'data' in result ? [result] : result;
}
