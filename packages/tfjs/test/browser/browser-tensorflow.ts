/** TensorFlow.js in a page: wasm finds its files, and WebGL runs where there is any. */
import '@tensorflow/tfjs-backend-webgl';
import { setWasmPaths } from '@tensorflow/tfjs-backend-wasm';

const files = import.meta.glob<string>('../../node_modules/@tensorflow/tfjs-backend-wasm/wasm-out/*.wasm', {
  query: '?url',
  import: 'default',
  eager: true,
});

setWasmPaths(Object.fromEntries(Object.entries(files).map(([path, url]) => [path.split('/').at(-1)!, url])));
