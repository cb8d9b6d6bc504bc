/** Why nothing merges with an operator that is none of the ONNX standard. */
import { type Refusal, refuse } from '@reparam/core';
import type { OnnxModel } from '../proto/model.ts';
import { type OnnxNode, qualifiedName } from '../proto/node.ts';

const INLINE = 'inline the functions first (onnx.inliner.inline_local_functions)';

/** What differs, or may differ, from call to call of the function that a node is part of. */
export function givenByCalls(found: string): Refusal {
  return refuse('not-constant', `${found} is given by each call of the function`, INLINE);
}

/** A custom operator, or a call of one of the model's functions. */
export function customOperator(node: OnnxNode, model: OnnxModel): Refusal {
  if (node.references.length > 0)
    return givenByCalls(`attribute "${node.references[0]}" of the ${node.opType} before it`);
  const name = qualifiedName(node);
  if (model.functions.has(name)) {
    return refuse(
      'subgraph-border',
      `${name} stands before it, a function of the model, and nothing merges across its border`,
      INLINE,
    );
  }
  return refuse(
    'custom-operator',
    `${name} stands before it, a custom operator of which nothing is known`,
    'nothing merges across it: export it as standard operators',
  );
}
