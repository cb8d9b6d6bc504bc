/** ReLUs that a layer before them can hold. */
import type { Call } from './topology.ts';

export function isRelu({ layer: { className, config } }: Call): boolean {
  if (className === 'Activation') return config.activation === 'relu';
  const plain = [config.max_value, config.threshold, config.negative_slope].every(
    (value) => value == null || value === 0,
  );
  return className === 'ReLU' && plain && config.max_value == null;
}
