/** Constants that the runtime evaluates, from one operator to the next, until none is left that it can. */
import type { Constant } from '../analysis/constant.ts';
import { type Region, readRegions } from '../analysis/region.ts';
import type { OpenRegions } from '../open-regions.ts';
import { type ConstantRuntime, type ReparameterizeOptions, throwIfAborted } from '../options.ts';
import type { OnnxModel } from '../proto/model.ts';
import type { OnnxNode } from '../proto/node.ts';
import { evaluateNode } from './evaluate-node.ts';
import { pendingNodes } from './pending-nodes.ts';

type Answer = readonly (Constant | null)[] | Error;
type Options = Pick<ReparameterizeOptions, 'shapes' | 'runtime' | 'signal'>;

/** Reads the model again each time something has become known, as own evaluation goes on from there. */
export async function computeConstants(model: OnnxModel, opened: OpenRegions, options: Options): Promise<OpenRegions> {
  const computed = new Map<OnnxNode, Answer>();
  let { evaluation, regions } = opened;
  let runtime: ConstantRuntime | null = null;
  for (;;) {
    const pending = regions.flatMap((region) => pendingNodes(region).map((node) => ({ node, region })));
    const fresh = pending.filter(({ node }) => !computed.has(node));
    if (fresh.length === 0) return { evaluation, regions };
    runtime ??= typeof options.runtime === 'function' ? await options.runtime() : options.runtime!;
    if (!runtime) return { evaluation, regions };
    for (const { node, region } of fresh) {
      throwIfAborted(options);
      computed.set(node, await evaluate(node, region, runtime));
    }
    evaluation = { ...evaluation, computed };
    regions = readRegions(model, evaluation, options.shapes);
  }
}

async function evaluate(node: OnnxNode, region: Region, runtime: ConstantRuntime): Promise<Answer> {
  try {
    return await evaluateNode(node, region, runtime);
  } catch (cause) {
    return cause instanceof Error ? cause : new Error(String(cause));
  }
}
