/** Output shapes of layers on sequences: embeddings, recurrent layers and what wraps layers. */
import { isObject } from '../../json.ts';
import type { OpenShape, ShapeRule } from './rule.ts';

/** A row of a table for each element. */
export const embedding: ShapeRule = ({ config }, shape) =>
  typeof config.output_dim === 'number' ? [...shape, config.output_dim] : null;

/** The last state, or that of each step; with `return_state` there are more outputs than one. */
export const recurrent: ShapeRule = ({ config }, shape) => {
  const { units } = config;
  if (shape.length !== 3 || typeof units !== 'number' || config.return_state === true) return null;
  return config.return_sequences === true ? [shape[0]!, shape[1]!, units] : [shape[0]!, units];
};

export const repeated: ShapeRule = ({ config }, shape) =>
  shape.length === 2 && typeof config.n === 'number' ? [shape[0]!, config.n, shape[1]!] : null;

/** Forwards and backwards: by default one behind the other. */
export function bidirectional(rules: Readonly<Record<string, ShapeRule>>): ShapeRule {
  return (context, shape) => {
    const { merge_mode: mode = 'concat' } = context.config;
    const one = wrapped(rules, context, shape);
    const size = one?.at(-1);
    if (!one || typeof size !== 'number' || mode === null) return null;
    return [...one.slice(0, -1), mode === 'concat' ? 2 * size : size];
  };
}

/** The layer within, on each step. */
export function timeDistributed(rules: Readonly<Record<string, ShapeRule>>): ShapeRule {
  return (context, shape) => {
    const one = wrapped(rules, context, [shape[0]!, ...shape.slice(2)]);
    return one && [one[0]!, shape[1]!, ...one.slice(1)];
  };
}

function wrapped(
  rules: Readonly<Record<string, ShapeRule>>,
  context: Parameters<ShapeRule>[0],
  shape: Parameters<ShapeRule>[1],
): OpenShape | null {
  const { layer } = context.config;
  if (!isObject(layer) || typeof layer.class_name !== 'string' || !isObject(layer.config)) return null;
  if (!Object.hasOwn(rules, layer.class_name)) return null;
  const inner = { ...context, className: layer.class_name, config: layer.config, inputShapes: [shape] };
  return rules[layer.class_name]!(inner, shape);
}
