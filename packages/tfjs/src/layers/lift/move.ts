/** Lifts layers that move values or leave them as they are, and average pooling without padding. */
import { averagePool, compose, identity, pad, pointAxis, refuse, select } from '@reparam/core';
import { oneTerm } from '../../convert/lifted.ts';
import { axisList, fitsLayout, isLinear } from '../call-context.ts';
import { croppingOf, zeroPaddingOf } from '../padding.ts';
import { type LayerLift, onlyInput } from './layer-lift.ts';

const liftSame: LayerLift = (context, [input]) => {
  const found = onlyInput(context);
  return found && oneTerm(input!, identity(found.channels));
};

/** Dropout and noise do nothing in inference. */
export const liftDropout: LayerLift = (context, inputs) =>
  context.arguments.training === true
    ? refuse('training-mode', 'it is called with training: true', 'call it without that argument')
    : liftSame(context, inputs);

export const liftActivation: LayerLift = (context, inputs) =>
  isLinear(context.config.activation) ? liftSame(context, inputs) : null;

export const liftLeakyReLU: LayerLift = (context, inputs) =>
  context.config.alpha === 1 ? liftSame(context, inputs) : null;

function liftSides(read: typeof zeroPaddingOf, sign: 1 | -1): LayerLift {
  return (context, [input]) => {
    const found = onlyInput(context);
    const sides = read(context.config);
    if (!found || !sides || found.shape.length !== 4 || !fitsLayout(context)) return null;
    const [begin, end] = [0, 1].map((side) => sides.map((axis) => sign * axis[side]! || 0)) as [number[], number[]];
    return oneTerm(input!, pad(found.channels, begin, end));
  };
}

export const liftZeroPadding: LayerLift = liftSides(zeroPaddingOf, 1);
const liftSpatialCropping: LayerLift = liftSides(croppingOf, -1);

/** With the other data format than the model's, it crops one spatial axis, and the channels: a slice of them. */
export const liftCropping: LayerLift = (context, inputs) => {
  if (fitsLayout(context)) return liftSpatialCropping(context, inputs);
  const found = onlyInput(context);
  const sides = croppingOf(context.config);
  if (!found || !sides || found.shape.length !== 4) return null;
  const isLast = context.layout === 'last';
  const [spatial, channels] = isLast ? sides : [sides[1], sides[0]];
  const count = found.channels - channels[0] - channels[1];
  if (count < 1) return null;
  const [begin, end] = spatial.map((size) => (isLast ? [0, -size || 0] : [-size || 0, 0])) as [number[], number[]];
  const operator = compose(select(found.channels, channels[0], count), pad(found.channels, begin, end));
  return oneTerm(inputs[0]!, operator);
};

export function liftAveragePooling(rank: number): LayerLift {
  return (context, [input]) => {
    const { config, layout } = context;
    const found = onlyInput(context);
    const kernel = axisList(config, 'pool_size', rank, 2);
    const stride = config.strides == null ? kernel : axisList(config, 'strides', rank, 1);
    const inLayout = rank === 1 ? layout === 'last' : fitsLayout(context);
    if (!found || !kernel || !stride || found.shape.length !== rank + 2 || !inLayout) return null;
    if (config.padding === 'same') {
      return refuse(
        'excluded-padding',
        "pooling with padding 'same' leaves the padding out of the average, so border windows divide by fewer elements",
        "use padding 'valid'",
      );
    }
    const axes = kernel.map((size, axis) => ({ ...pointAxis, kernel: size, stride: stride[axis]! }));
    return oneTerm(input!, averagePool(found.channels, axes));
  };
}
