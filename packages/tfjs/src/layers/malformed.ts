/** Errors of a topology that TensorFlow.js would not load either, or load without end. */
import { FormatError } from '@reparam/core';

export function malformed(found: string): FormatError {
  return new FormatError(`the model's topology is malformed: ${found}`, {
    hint: 'export the model again: TensorFlow.js does not load it either',
  });
}

export function kerasThree(): FormatError {
  return new FormatError('the model has the configuration of Keras 3, expected that of Keras 2', {
    hint: 'TensorFlow.js does not load it either: export with tf_keras, or as a SavedModel converted to a Graph model',
  });
}
