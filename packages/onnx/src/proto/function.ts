/** A function of the model: an operator that is defined by nodes, with weights in Constant nodes only. */

import { type FieldPlace, Fields } from './fields.ts';
import type { OnnxGraph } from './graph.ts';
import { normalizeDomain, type OnnxNode, qualifiedName, readNode } from './node.ts';
import { readOpset } from './opset.ts';
import type { FileContext } from './tensor.ts';
import { type OnnxValueInfo, readValueInfo } from './value-info.ts';
import { BYTES } from './wire.ts';

export interface OnnxFunction {
  /** As `qualifiedName` of the nodes that call it. */
  readonly name: string;
  /** Opset version by domain; '' is the standard domain. */
  readonly opsets: ReadonlyMap<string, number>;
  /** Its nodes, inputs and outputs. Inputs have no types: each call brings its own. */
  readonly graph: OnnxGraph;
}

/** Reads a FunctionProto. */
export function readFunction(file: FileContext, place: FieldPlace): OnnxFunction {
  const context = { ...file, inFunction: true };
  const { skeleton } = context;
  let [opType, domain, overload] = ['', '', ''];
  const opsets = new Map<string, number>();
  const nodes: OnnxNode[] = [];
  const inputs: OnnxValueInfo[] = [];
  const outputs: OnnxValueInfo[] = [];
  const valueInfos: OnnxValueInfo[] = [];
  const fields = new Fields(skeleton, [place]);
  while (fields.next()) {
    if (fields.tag === ((1 << 3) | BYTES)) opType = fields.text;
    else if (fields.tag === ((4 << 3) | BYTES)) inputs.push(withoutType(fields.text));
    else if (fields.tag === ((5 << 3) | BYTES)) outputs.push(withoutType(fields.text));
    else if (fields.tag === ((7 << 3) | BYTES)) nodes.push(readNode(context, fields.span, nodes.length, 0));
    else if (fields.tag === ((9 << 3) | BYTES)) opsets.set(...readOpset(new Fields(skeleton, [fields.span])));
    else if (fields.tag === ((10 << 3) | BYTES)) domain = normalizeDomain(fields.text);
    else if (fields.tag === ((12 << 3) | BYTES)) valueInfos.push(readValueInfo(skeleton, fields.span));
    else if (fields.tag === ((13 << 3) | BYTES)) overload = fields.text;
  }
  const name = qualifiedName({ domain, opType, overload });
  const none = { initializers: new Map(), sparseInitializers: new Map() };
  return { name, opsets, graph: { name: opType, nodes, ...none, inputs, outputs, valueInfos, places: [place] } };
}

function withoutType(name: string): OnnxValueInfo {
  return { name, elementType: null, dims: null };
}
