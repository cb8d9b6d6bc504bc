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

/** Python code outside of layers, as in `x * 2`, is saved as a layer of its own kind. */
export function pythonFunction(name: string, className: string): FormatError {
  return new FormatError(`"${name}" is a function of TensorFlow (${className}), expected layers of TensorFlow.js`, {
    hint: 'TensorFlow.js does not load it either: convert a SavedModel to a Graph model, which holds any function',
  });
}
