/** Constants that ONNX Runtime evaluates, since operators make them that are not evaluated here. */
import { describe, expect, it } from 'vitest';
import { type ReparameterizeOptions, reparameterize } from '../../src/index.ts';
import { loadRuntime } from '../../src/verify/index.ts';
import { expectFused } from '../claims.ts';
import { compareConverted } from '../differential.ts';
import { GraphBuilder } from '../graph-builder.ts';
import { fileOf, type GraphNode, type TestGraph } from '../graph-file.ts';
import { body, branchWeights, callOf, choose, condition, image, weight } from '../inner/inner-graph.ts';
import { shape, weights } from './weights.ts';

const runtime = await loadRuntime({ kind: 'node' });
const refusalsOf = async (graph: TestGraph, options: ReparameterizeOptions = {}) => {
  const { report } = await reparameterize(fileOf(graph), options);
  expect(report.fusions).toEqual([]);
  return report.refusals.filter(({ reason }) => reason === 'not-constant');
};

function graphWith(weight: (b: GraphBuilder) => string): TestGraph {
  const b = new GraphBuilder(['n', 4, 'h', 'w']);
  return b.graph(b.norm(b.add(b.node('Conv', ['x', weight(b)], { pads: [1, 1, 1, 1] }), 'x')));
}

describe('weights', () => {
  for (const [name, weight] of Object.entries(weights)) {
    it(name, async () => {
      const graph = graphWith(weight);
      await expectFused(graph, 1, { Conv: 1 }, { runtime });
      const [refusal] = await refusalsOf({ ...graph, outputs: graph.outputs });
      expect(refusal?.hint).toContain('onnxruntime-node');
    });
  }
});

const hardmax = (input: string, output: string): GraphNode => ({ op: 'Hardmax', inputs: [input], outputs: [output] });
const convNode = (input: string, kernel: string, output: string): GraphNode[] => [
  { op: 'Conv', inputs: [input, kernel], outputs: [`${output}_c`], attributes: { pads: [1, 1, 1, 1] } },
  { op: 'Add', inputs: [`${output}_c`, input], outputs: [output] },
];

describe('places', () => {
  it('a body that reads a constant of the graph around', async () => {
    const inside = body([hardmax('k', 'kernel'), ...convNode('x', 'kernel', 'then')], [], 'then');
    const other = body([{ op: 'Relu', inputs: ['x'], outputs: ['else'] }], [], 'else');
    const tensors = [condition, weight('k', shape)];
    const graph = image({ nodes: [choose('y', [inside, other])], tensors, outputs: ['y'] });
    expect(await compareConverted({ graph, runs: [{ x: [1, 4, 6, 5] }] }, { runtime })).toEqual({
      fusions: 1,
      inner: 1,
    });
  });

  it('a function', async () => {
    const nodes = [hardmax('b3', 'kernel'), ...convNode('input', 'kernel', 'output')];
    const block = { name: 'Block', inputs: ['input'], outputs: ['output'], nodes, tensors: branchWeights('b') };
    const graph = image({ nodes: [callOf('Block', ['x'], 'y')], tensors: [], outputs: ['y'], functions: [block] });
    expect(await compareConverted({ graph, runs: [{ x: [1, 4, 6, 5] }] }, { runtime })).toEqual({
      fusions: 1,
      inner: 1,
    });
  });

  it('not in a function where it follows from the size that a call gives', async () => {
    const nodes: GraphNode[] = [
      { op: 'Shape', inputs: ['input'], outputs: ['sizes'], attributes: { start: 2, end: 3 } },
      { op: 'Cast', inputs: ['sizes'], outputs: ['size'], attributes: { to: 1 } },
      { op: 'Mul', inputs: ['b3', 'size'], outputs: ['scaled'] },
      hardmax('scaled', 'kernel'),
      ...convNode('input', 'kernel', 'output'),
    ];
    const block = { name: 'Block', inputs: ['input'], outputs: ['output'], nodes, tensors: branchWeights('b') };
    const graph = image({ nodes: [callOf('Block', ['x'], 'y')], tensors: [], outputs: ['y'], functions: [block] });
    expect((await refusalsOf(graph, { runtime })).length).toBeGreaterThan(0);
  });

  it('a call of a function on constants alone', async () => {
    const block = { name: 'Kernel', inputs: ['k'], outputs: ['o'], nodes: [hardmax('k', 'o')], tensors: [] };
    const nodes = [callOf('Kernel', ['k'], 'kernel'), ...convNode('x', 'kernel', 'y')];
    const graph = image({ nodes, tensors: [weight('k', shape)], outputs: ['y'], functions: [block] });
    expect(await compareConverted({ graph, runs: [{ x: [1, 4, 6, 5] }] }, { runtime })).toEqual({ fusions: 1 });
  });
});

describe('left alone', () => {
  const left: Readonly<Record<string, (b: GraphBuilder) => string>> = {
    'random values': (b) => b.node('RandomNormalLike', [b.constant(shape)]),
    'a branch of If with random values': (b) =>
      b.node('If', [b.node('Not', [b.node('Less', [b.constant([], 2), b.constant([], 1)])])], {
        then_branch: {
          body: body([{ op: 'Bernoulli', inputs: ['inside'], outputs: ['o'] }], [weight('inside', shape)], 'o'),
        },
        else_branch: {
          body: body([{ op: 'Trilu', inputs: ['other'], outputs: ['p'] }], [weight('other', shape)], 'p'),
        },
      }),
    'an operator of another domain': (b) => b.node('Kernel', [b.constant(shape)], {}, 'custom'),
  };
  for (const [name, weight] of Object.entries(left))
    it(name, async () => {
      expect((await refusalsOf(graphWith(weight), { runtime })).length).toBeGreaterThan(0);
    });

  it('what comes from DequantizeLinear', async () => {
    const graph = graphWith((b) => {
      const quantized = b.node('QuantizeLinear', [b.constant(shape), b.constant([], 0.1)]);
      return b.node('Hardmax', [b.node('DequantizeLinear', [quantized, b.constant([], 0.1)])]);
    });
    const { report } = await reparameterize(fileOf(graph), { runtime });
    expect(report.fusions).toEqual([]);
  });

  it('what the runtime cannot evaluate is said with its reason', async () => {
    const rejecting = { createSession: () => Promise.reject(new Error('no kernel for Hardmax(13)\nat somewhere')) };
    const [refusal] = await refusalsOf(graphWith(weights['Hardmax, scaled']!), { runtime: rejecting });
    expect(refusal?.message).toMatch(
      /Hardmax \(".*"\), which ONNX Runtime cannot evaluate: no kernel for Hardmax\(13\)$/,
    );
    expect(refusal?.hint).toBe('export with constants folded, or put the values there as an initializer');
  });
});

describe('the runtime', () => {
  it('is asked for only where a model has such constants', async () => {
    let asked = 0;
    const options = { runtime: async () => (asked++ === 0 ? null : runtime) };
    const plain = new GraphBuilder();
    await reparameterize(fileOf(plain.graph(plain.norm(plain.conv('x', [3, 3])))), options);
    await reparameterize(fileOf(graphWith((b) => b.node('Mul', [b.constant(shape), b.constant([], 2)]))), options);
    expect(asked).toBe(0);
    expect(await refusalsOf(graphWith(weights['Hardmax, scaled']!), options)).toHaveLength(1); // null: there is none
    expect(asked).toBe(1);
    const { report } = await reparameterize(fileOf(graphWith(weights['Hardmax, scaled']!)), options);
    expect(report.after.operatorCounts).toEqual({ Conv: 1 });
  });

  it('what it throws when it is asked for is thrown', async () => {
    const missing = () => Promise.reject(new Error('no runtime here'));
    const graph = graphWith(weights['Hardmax, scaled']!);
    await expect(reparameterize(fileOf(graph), { runtime: missing })).rejects.toThrow('no runtime here');
  });
});
