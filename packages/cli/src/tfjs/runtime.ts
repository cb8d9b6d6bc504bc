/** TensorFlow.js for the commands that run models: the packages of the project that the command runs in. */

import { createRequire } from 'node:module';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { type TensorFlow, UnsupportedError } from '@reparam/tfjs';

export type Backend = 'cpu' | 'wasm';

/** What is set up before models run. */
interface Configurable extends TensorFlow {
  enableProdMode(): void;
  setBackend(name: string): Promise<boolean>;
}

const PACKAGES = ['core', 'layers', 'converter'].map((name) => `@tensorflow/tfjs-${name}`);

/** @throws UnsupportedError with the command that adds what is missing. */
export async function findTensorFlow(cwd: string, wanted?: Backend): Promise<TensorFlow> {
  const load = importer(cwd);
  const parts = await Promise.all(PACKAGES.map(load));
  if (parts.some((part) => part === null)) throw missing(PACKAGES.join(' '));
  const tf = Object.assign({}, ...parts) as Configurable;
  tf.enableProdMode(); // no advice on stderr
  for (const backend of wanted ? [wanted] : (['wasm', 'cpu'] as const)) {
    if ((await load(`@tensorflow/tfjs-backend-${backend}`)) === null) continue;
    await tf.setBackend(backend);
    return tf;
  }
  throw missing(`@tensorflow/tfjs-backend-${wanted ?? 'wasm'}`);
}

/** From the project, or from beside this program; null where a package is in neither. */
function importer(cwd: string): (name: string) => Promise<object | null> {
  const require = createRequire(join(cwd, 'package.json'));
  return async (name) => {
    let path: string | undefined;
    try {
      path = require.resolve(name);
    } catch {
      // not in the project
    }
    try {
      const found = (await import(path === undefined ? name : pathToFileURL(path).href)) as { default?: object };
      return found.default ?? found;
    } catch (cause) {
      if ((cause as NodeJS.ErrnoException).code === 'ERR_MODULE_NOT_FOUND') return null;
      throw cause;
    }
  };
}

function missing(packages: string): UnsupportedError {
  return new UnsupportedError('Running models needs TensorFlow.js, which is not installed here.', {
    code: 'no-runtime',
    hint: `npm install ${packages}`,
  });
}
