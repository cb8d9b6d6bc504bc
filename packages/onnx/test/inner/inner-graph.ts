/** Graphs with bodies and functions, for tests. */
import type { GraphNode, GraphTensor, TestFunction, TestGraph } from '../graph-file.ts';

const random = (seed: number) => {
  let state = seed;
  return () => {
    state = (state * 48_271) % 2_147_483_647;
    return state / 2_147_483_647 - 0.5;
  };
};

export function weight(name: string, dims: readonly number[], seed = name.length * 31 + dims.length): GraphTensor {
  const draw = random(seed + 7);
  return { name, dims, values: Array.from({ length: dims.reduce((a, b) => a * b, 1) }, draw) };
}

/** A 3x3 and a 1x1 of `input`, added: what is one Conv. Weights are `${prefix}3` and `${prefix}1`. */
export function branchNodes(input: string, prefix: string, output: string): GraphNode[] {
  const kernel = (size: number) => ({ kernel_shape: [size, size], pads: [size >> 1, size >> 1, size >> 1, size >> 1] });
  return [
    { op: 'Conv', inputs: [input, `${prefix}3`], outputs: [`${output}_3`], attributes: kernel(3) },
    { op: 'Conv', inputs: [input, `${prefix}1`], outputs: [`${output}_1`], attributes: kernel(1) },
    { op: 'Add', inputs: [`${output}_3`, `${output}_1`], outputs: [output] },
  ];
}

export function branchWeights(prefix: string, channels = 4): GraphTensor[] {
  return [weight(`${prefix}3`, [channels, channels, 3, 3]), weight(`${prefix}1`, [channels, channels, 1, 1])];
}

export const condition: GraphTensor = { name: 'condition', dims: [], values: [1], whole: 'bool' };

/** An If of two bodies with one output each. */
export function choose(output: string, bodies: readonly [TestGraph, TestGraph]): GraphNode {
  const attributes = { then_branch: { body: bodies[0] }, else_branch: { body: bodies[1] } };
  return { op: 'If', inputs: ['condition'], outputs: [output], attributes };
}

export function body(nodes: readonly GraphNode[], tensors: readonly GraphTensor[], output: string): TestGraph {
  return { opset: 17, inputs: [], tensors, nodes, outputs: [output] };
}

/** A body that only hands on a value, through an activation. */
export function handOn(input: string, output: string): TestGraph {
  return body([{ op: 'Relu', inputs: [input], outputs: [output] }], [], output);
}

export function image(parts: Pick<TestGraph, 'nodes' | 'tensors' | 'outputs'> & Partial<TestGraph>): TestGraph {
  return { opset: 17, inputs: [{ name: 'x', dims: [1, 4, 6, 5] }], ...parts };
}

/** A function with branches of its input. */
export function block(name = 'Block', prefix = 'b'): TestFunction {
  const nodes = branchNodes('input', prefix, 'output');
  return { name, inputs: ['input'], outputs: ['output'], nodes, tensors: branchWeights(prefix) };
}

export function callOf(name: string, inputs: readonly string[], output: string): GraphNode {
  return { op: name, domain: 'local', inputs, outputs: [output] };
}
