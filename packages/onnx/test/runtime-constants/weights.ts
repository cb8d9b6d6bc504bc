/** Kernels [4, 4, 3, 3] that are computed by operators which only a runtime evaluates. */
import type { GraphBuilder } from '../graph-builder.ts';
import { body, weight } from '../inner/inner-graph.ts';

type Weight = (b: GraphBuilder) => string;
export const shape = [4, 4, 3, 3];

export const weights: Readonly<Record<string, Weight>> = {
  'Hardmax, scaled': (b) => b.node('Mul', [b.node('Hardmax', [b.constant(shape)], { axis: 1 }), b.constant([], 0.5)]),
  'CumSum along an axis': (b) => b.node('CumSum', [b.constant(shape), b.whole(1)]),
  'a small kernel enlarged (Resize)': (b) =>
    b.node('Resize', [b.constant([4, 4, 2, 2]), '', '', b.list(shape)], { mode: 'linear' }),
  'the largest of several (TopK, of two outputs)': (b) =>
    b.split('TopK', [b.constant([6, 4, 3, 3]), b.list([4])], 2, { axis: 0 })[0]!,
  'places where a mask is true (NonZero, Gather)': (b) => {
    const mask = b.constant([6], [1, 0, 1, 1, 0, 1]);
    const places = b.node('Squeeze', [b.node('NonZero', [mask]), b.list([0])]);
    return b.node('Gather', [b.constant([6, 4, 3, 3]), places]);
  },
  'a branch of If': (b) => {
    const inside = body([{ op: 'Trilu', inputs: ['inside'], outputs: ['lower'] }], [weight('inside', shape)], 'lower');
    const other = body([{ op: 'Identity', inputs: ['other'], outputs: ['same'] }], [weight('other', shape)], 'same');
    return b.node('If', [b.node('Greater', [b.constant([], 2), b.constant([], 1)])], {
      then_branch: { body: inside },
      else_branch: { body: other },
    });
  },
  'several, one after the other, with others between': (b) => {
    const summed = b.node('CumSum', [b.constant(shape), b.whole(0)]);
    const scaled = b.node('Mul', [summed, b.constant([4, 1, 1, 1])]);
    return b.node('Trilu', [b.node('Sub', [b.node('Hardmax', [scaled], { axis: 0 }), scaled])], { upper: 0 });
  },
  'an operator of ONNX Runtime': (b) => b.node('QuickGelu', [b.constant(shape)], {}, 'com.microsoft'),
};
