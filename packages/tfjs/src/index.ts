/** The adapter for TensorFlow.js. It reads no models yet; like every adapter it re-exports the core. */
export * from '@reparam/core';
