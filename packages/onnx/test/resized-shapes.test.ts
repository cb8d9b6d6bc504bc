/** Shapes of resized, repeated and regrouped maps, against those that ONNX Runtime computes; and that what reads them merges. */
import { sizeAt } from '@reparam/core';
import { expect, it } from 'vitest';
import { readScope } from '../src/analysis/read-scope.ts';
import { loadEvaluation } from '../src/load-evaluation.ts';
import { openModel } from '../src/proto/model.ts';
import { bytesSource } from '../src/proto/source.ts';
import { expectFused, runsOf } from './claims.ts';
import { type Dims, GraphBuilder } from './graph-builder.ts';
import { fileOf } from './graph-file.ts';
import { createSession, runSession } from './runtime.ts';

const nearest = { mode: 'nearest' };
const floats = (...values: number[]) => ({ floats: values });
const lstm = (b: GraphBuilder) => ['x', b.constant([1, 12, 4]), b.constant([1, 12, 3])];

/** What is made, of `x`; every size of the result is to be told, whatever the sizes of `x` are. */
const made: Readonly<Record<string, readonly [(b: GraphBuilder) => string, (Dims | undefined)?, number?]>> = {
  'Resize to sizes': [(b) => b.node('Resize', ['x', '', '', b.list([2, 4, 9, 11])], nearest), [2, 4, 'h', 'w']],
  'Resize by a whole scale': [(b) => b.node('Resize', ['x', '', b.constant([4], [1, 1, 2, 3])], nearest)],
  'Resize by a half': [(b) => b.node('Resize', ['x', '', b.constant([4], [1, 1, 0.5, 0.25])], nearest)],
  'Resize by any scale': [(b) => b.node('Resize', ['x', '', b.constant([4], [1, 1, 1.3, 0.7])], nearest), [1, 4, 7, 6]],
  'Resize by scales that are computed': [
    (b) => {
      const scales = b.node('Concat', [b.constant([2], 1), b.constant([2], 2)], { axis: 0 });
      return b.node('Resize', ['x', '', scales], nearest);
    },
  ],
  'Resize of some axes': [
    (b) => b.node('Resize', ['x', '', '', b.list([5, 3])], { ...nearest, axes: [-1, 2] }),
    undefined,
    18,
  ],
  'Resize to the size of another value': [
    (b) => {
      const shape = b.node('Shape', ['x']);
      const small = b.conv('x', [3, 3], { stride: 2, pads: 1 });
      return b.node('Resize', [small, '', '', shape], nearest);
    },
  ],
  'Resize of opset 10': [(b) => b.node('Resize', ['x', b.constant([4], [1, 1, 2, 2])], nearest), undefined, 10],
  'Upsample of opset 9': [(b) => b.node('Upsample', ['x', b.constant([4], [1, 1, 2, 2])], nearest), undefined, 9],
  'Upsample of opset 7': [(b) => b.node('Upsample', ['x'], { ...nearest, scales: floats(1, 1, 2, 3) }), undefined, 7],
  DepthToSpace: [(b) => b.node('DepthToSpace', ['x'], { blocksize: 2 })],
  SpaceToDepth: [(b) => b.node('SpaceToDepth', ['x'], { blocksize: 2 }), ['n', 4, 6, 8]],
  Tile: [(b) => b.node('Tile', ['x', b.list([1, 2, 1, 3])])],
  GridSample: [(b) => b.node('GridSample', ['x', b.constant([1, 2, 3, 2])]), [1, 4, 'h', 'w']],
  TopK: [(b) => b.split('TopK', ['x', b.list([3])], 2, { axis: 1 })[0]!],
  'TopK of all': [(b) => b.split('TopK', ['x', b.list([2])], 2)[0]!],
  GatherElements: [(b) => b.node('GatherElements', ['x', b.list([0, 1])], { axis: 0 }), ['n']],
  Einsum: [(b) => b.node('Einsum', ['x', 'x'], { equation: 'bhid, bhjd -> bhij' })],
  'states of an LSTM': [(b) => b.split('LSTM', lstm(b), 3, { hidden_size: 3 })[0]!, ['t', 'n', 4]],
  'last states of an LSTM': [(b) => b.split('LSTM', lstm(b), 3, { hidden_size: 3 })[2]!, ['t', 'n', 4]],
  'product of several matrices': [(b) => b.node('MatMul', ['x', b.constant([6, 5])]), ['n', 4, 'h', 6]],
};

it.each(Object.entries(made))('%s', async (_, [build, dims = ['n', 4, 'h', 'w'], opset = 17]) => {
  const builder = new GraphBuilder(dims, opset);
  const output = build(builder);
  const graph = builder.graph(output);
  const model = await openModel(bytesSource(fileOf(graph)));
  const shape = readScope(model, await loadEvaluation(model)).shape(output)!;
  const session = await createSession(fileOf(graph));
  for (const { x } of runsOf(graph)) {
    const data = new Float32Array(x!.reduce((product, size) => product * size, 1));
    const found = (await runSession(session, { x: { dims: x!, data } }))[output]!.dims;
    const names = new Map(dims.flatMap((name, axis) => (typeof name === 'string' ? [[name, x![axis]!]] : [])));
    expect(shape.map((size) => (typeof size === 'number' ? size : sizeWhere(size, names)))).toEqual(found);
  }
});

/** The size where the names are numbers. A product of names is one too: "2*h". */
function sizeWhere(
  size: { symbol: string; stride: number; constant: number },
  names: ReadonlyMap<string, number>,
): number {
  const factors = size.symbol.split('*').map((name) => names.get(name) ?? Number(name));
  return sizeAt(
    size,
    factors.reduce((product, factor) => product * factor, 1),
  );
}

/** What stands around behind a resized map: scale, shift and 1x1 convolution, then branches that meet again. */
it.each(Object.entries(made).slice(1, 3))('what reads the result merges: %s', async (_, [build]) => {
  const b = new GraphBuilder(['n', 4, 'h', 'w']);
  const resized = build(b);
  const scaled = b.node('Add', [b.node('Mul', [resized, b.constant([1, 4, 1, 1])]), b.constant([4, 1, 1])]);
  const branches = b.add(b.conv(scaled, [1, 1]), scaled);
  await expectFused(b.graph(b.relu(branches)), 1, { Resize: 1, Conv: 1, Relu: 1 });
});
