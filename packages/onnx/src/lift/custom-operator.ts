/** Why nothing merges with an operator that is none of the ONNX standard. */
import { type Refusal, refuse } from '@reparam/core';
import type { OnnxModel } from '../proto/model.ts';
import type { OnnxNode } from '../proto/node.ts';

/** A custom operator, or a call of one of the model's functions. */
export function customOperator(node: OnnxNode, model: OnnxModel): Refusal {
  const name = `${node.domain}::${node.opType}`;
  if (model.functions.has(name)) {
    return refuse(
      'subgraph-border',
      `${name} stands before it, a function of the model, and nothing merges across its border`,
      'inline the functions first (onnx.inliner.inline_local_functions)',
    );
  }
  return refuse(
    'custom-operator',
    `${name} stands before it, a custom operator of which nothing is known`,
    'nothing merges across it: export it as standard operators',
  );
}
