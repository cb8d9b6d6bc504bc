/** The calls of a network as nodes: a layer with an activation, or a separable convolution, is several. */
import type { ModelNode } from '../convert/model-view.ts';
import { isLinear } from './call-context.ts';
import { ACTIVATED, type PartKind } from './lift/lift.ts';
import type { Call, Network } from './topology.ts';
import type { ValueNames } from './values.ts';

export interface LayerPart extends ModelNode {
  readonly call: Call;
  readonly part: PartKind;
}

export function readParts(network: Network, names: ValueNames, input: string | null): LayerPart[] {
  const parts: LayerPart[] = [];
  network.calls.forEach((call, owner) => {
    const { name, className: opType } = call.layer;
    const outputs = names.outputsOf(call);
    const inputs = call.inputs.map(names.nameOf);
    if (inputs.length === 0 && call.layer.className !== 'InputLayer' && input !== null) inputs.push(input);
    const kinds = partsOf(call);
    kinds.forEach((part, place) => {
      const isLast = place === kinds.length - 1;
      parts.push({
        index: parts.length,
        name,
        opType,
        inputs: place === 0 ? inputs : [innerName(outputs[0]!, kinds[place - 1]!)],
        outputs: isLast ? outputs : [innerName(outputs[0]!, part)],
        awaits: [],
        owner,
        isLaterPart: place > 0,
        call,
        part,
      });
    });
  });
  return parts;
}

function innerName(output: string, part: PartKind): string {
  return `${output}/${part}`;
}

function partsOf({ layer }: Call): PartKind[] {
  const activated = ACTIVATED.has(layer.className) && !isLinear(layer.config.activation);
  const linear: PartKind[] = layer.className === 'SeparableConv2D' ? ['depthwise', 'pointwise'] : [];
  if (!activated) return linear.length > 0 ? linear : ['whole'];
  return [...(linear.length > 0 ? linear : (['linear'] as const)), 'activation'];
}
