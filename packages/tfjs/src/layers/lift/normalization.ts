/** Lifts BatchNormalization in inference mode, and Rescaling. */
import { batchNorm, refuse, scale, type Values } from '@reparam/core';
import { oneTerm } from '../../convert/lifted.ts';
import { type CallContext, isOn, vectorOf } from '../call-context.ts';
import { type LayerLift, onlyInput } from './layer-lift.ts';

export const liftBatchNormalization: LayerLift = (context, [input]) => {
  const { config, arguments: given } = context;
  if (given.training === true) {
    return refuse(
      'training-mode',
      'the normalization is called with training: true, so it computes statistics of its input',
      'call it without that argument',
    );
  }
  const found = onlyInput(context);
  if (!found || !isChannelAxis(context, found.shape.length)) return null;
  const read = (role: string, on = true) => (on ? vectorOf(context, role, found.channels) : undefined);
  const gamma = read('gamma', isOn(config, 'scale'));
  const beta = read('beta', isOn(config, 'center'));
  const mean = read('moving_mean');
  const variance = read('moving_variance');
  const epsilon = typeof config.epsilon === 'number' ? config.epsilon : 1e-3;
  if (gamma === null || beta === null || !mean || !variance) return null;
  if (!Array.prototype.every.call(variance, (value: number) => value + epsilon > 0)) return null;
  return oneTerm(input!, batchNorm({ gamma, beta, mean, variance, epsilon }));
};

/** The axis may be given in a list of one. */
function isChannelAxis({ config, layout }: CallContext, rank: number): boolean {
  const { axis: given = -1 } = config;
  const axis = Array.isArray(given) && given.length === 1 ? given[0] : given;
  if (typeof axis !== 'number') return false;
  const normal = axis < 0 ? axis + rank : axis;
  return layout === 'last' || rank === 2 ? normal === rank - 1 : normal === 1;
}

/** A factor and an offset for all values, or one for each of the last axis. */
export const liftRescaling: LayerLift = (context, [input]) => {
  const { config, layout } = context;
  const found = onlyInput(context);
  if (!found || (layout === 'first' && found.shape.length > 2 && Array.isArray(config.scale))) return null;
  const factor = perChannel(config.scale, found.channels);
  const offset = perChannel(config.offset ?? 0, found.channels);
  if (factor === null || offset === null || (layout === 'first' && typeof offset !== 'number')) return null;
  return oneTerm(input!, scale(found.channels, factor, offset));
};

function perChannel(value: unknown, channels: number): number | Values | null {
  if (typeof value === 'number') return value;
  if (!Array.isArray(value) || value.length !== channels || !value.every(Number.isFinite)) return null;
  return Float64Array.from(value);
}
