/** What a lift or a shape rule is given: a layer, what is called on, and its weights. */
import { FormatError, type LazyArray, readArray, type Values } from '@reparam/core';
import type { StoredWeight, WeightStore } from '../artifacts/weight-store.ts';
import type { Shape } from '../convert/model-view.ts';
import { isObject, type JsonObject, numberList } from '../json.ts';

/** Where the channels of a model's values are: all its layers agree on it. */
export type Layout = 'last' | 'first';

export interface CallContext {
  readonly name: string;
  readonly className: string;
  readonly config: JsonObject;
  readonly arguments: JsonObject;
  /** Shapes of what it is called on; null where one is unknown. */
  readonly inputShapes: readonly (Shape | null)[];
  readonly layout: Layout;
  weight(role: string): StoredWeight | undefined;
}

/** Spatial axes of a value in order. */
export function spatialOf(shape: Shape, layout: Layout): Shape {
  return layout === 'last' ? shape.slice(1, -1) : shape.slice(2);
}

export function channelsOf(shape: Shape, layout: Layout): Shape[number] | undefined {
  return layout === 'last' || shape.length === 2 ? shape.at(-1) : shape[1];
}

/** A shape with other spatial sizes and channels. */
export function shapeWith<Part extends Shape[number] | null>(
  shape: Shape,
  layout: Layout,
  spatial: readonly Part[],
  channels: Shape[number],
): readonly (Part | Shape[number])[] {
  return layout === 'last' ? [shape[0]!, ...spatial, channels] : [shape[0]!, channels, ...spatial];
}

/** Whether a layer counts its channels where the model does. */
export function fitsLayout({ config, layout }: Pick<CallContext, 'config' | 'layout'>): boolean {
  return (config.data_format === 'channels_first') === (layout === 'first');
}

/** A list in the configuration with one entry per spatial axis; `fallback` where it is not given. */
export function axisList(config: JsonObject, key: string, rank: number, fallback: number): number[] | null {
  const value = config[key];
  return value === undefined || value === null ? new Array<number>(rank).fill(fallback) : numberList(value, rank);
}

/** A flag that is on unless it is given as false. */
export function isOn(config: JsonObject, key: string): boolean {
  return config[key] === undefined || config[key] === null || config[key] === true;
}

/** Values of a weight of the expected shape; null where the shape differs. Throws where the weight is missing. */
export function weightValues(
  context: CallContext,
  role: string,
  fits: (shape: readonly number[]) => boolean,
): { readonly values: LazyArray; readonly shape: readonly number[] } | null {
  const stored = requiredWeight(context, role);
  return fits(stored.spec.shape) ? { values: stored.values, shape: stored.spec.shape } : null;
}

export function requiredWeight({ name, className, weight }: CallContext, role: string): StoredWeight {
  const stored = weight(role);
  if (stored) return stored;
  const moving = role.startsWith('moving_');
  throw new FormatError(
    `the weights have no "${name}/${role}", which the ${className} layer "${name}" needs${moving ? ': the model was saved with trainable weights only' : ''}`,
    {
      code: moving ? 'trainable-only' : 'missing-weight',
      hint: moving
        ? 'save it without `trainableOnly: true`: without moving statistics it computes nothing useful'
        : 'check that model.json and its weights belong together',
    },
  );
}

/** Small vectors are read at once. */
export function vectorOf(context: CallContext, role: string, length: number): Values | null {
  const found = weightValues(context, role, (shape) => shape.length === 1 && shape[0] === length);
  return found && readArray(found.values);
}

/** The weight of a layer: TensorFlow.js also finds it under names that have the name of a cell within. */
export function findWeight(store: WeightStore, layer: string, role: string): StoredWeight | undefined {
  return store.get(`${layer}/${role}`) ?? shortNames(store).get(`${layer}/${role}`);
}

const shortened = new WeakMap<WeightStore, ReadonlyMap<string, StoredWeight>>();

function shortNames(store: WeightStore): ReadonlyMap<string, StoredWeight> {
  let names = shortened.get(store);
  if (!names) {
    names = new Map([...store].map(([name, weight]) => [shortName(name), weight]));
    shortened.set(store, names);
  }
  return names;
}

function shortName(name: string): string {
  const tokens = name.split('/');
  return [...tokens.slice(0, -2), tokens.at(-1)].join('/');
}

/** An activation in the configuration that is linear, or none. */
export function isLinear(activation: unknown): boolean {
  if (isObject(activation)) return isLinear(activation.class_name);
  return activation === undefined || activation === null || activation === 'linear';
}
