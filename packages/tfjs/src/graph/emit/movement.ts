/** Drafts the node of one step of a movement. */
import type { MovementStep } from '@reparam/core';
import type { Shape } from '../../convert/model-view.ts';
import { write } from '../attributes.ts';
import type { GraphResize } from '../lift/moved.ts';
import type { NodeDraft, NodeWriter } from './node-writer.ts';

/** `shape` is that of the result, in its own order. */
export function draftMovement(writer: NodeWriter, step: MovementStep, input: string, shape: Shape): NodeDraft {
  switch (step.op) {
    case 'mean': {
      const attributes = { Tidx: write.type('DT_INT32'), keep_dims: write.flag(step.keep) };
      return draft('Mean', 'axes', step.axes, attributes);
    }
    case 'transpose':
      return draft('Transpose', 'perm', step.order, { Tperm: write.type('DT_INT32') });
    case 'reshape': {
      const sizes = step.shape.map((size) => (typeof size === 'number' ? size : -1)); // one follows from the others
      return draft('Reshape', 'shape', sizes, { Tshape: write.type('DT_INT32') });
    }
    case 'operator': {
      const { op, attributes, size }: GraphResize = JSON.parse(step.key);
      return draft(op, 'size', size, attributes);
    }
  }

  function draft(op: string, role: string, list: readonly number[], attributes: NodeDraft['attributes']): NodeDraft {
    const constant = writer.integers(role, list);
    const inputs = [input, constant.spec.name];
    return { op, inputs, attributes, weights: [constant], macsPerElement: 0, shape };
  }
}
