/** Affine maps across reshapes, transposes and means; an entry of its own, for models that have such. */
export { type MovedForms, type MovedValue, MovedValues, plainForms } from './moved-values.ts';
export { average, type Movement, movementKey, reshape, type Sampling, sample, stay, transpose } from './movement.ts';
export { movementSteps } from './steps.ts';
