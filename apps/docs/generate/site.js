/** Makes all that pages are generated from: run before the site is built. */
import { generateApi } from './api.js';
import { generateCommands } from './commands.js';
import { generateLayers } from './layers.js';
import { generateMessages } from './messages.js';
import { generateSamples } from './samples.js';
import { generateSchemas } from './schemas.js';
import { generateStructures } from './structures.js';

const start = performance.now();

/** Runs one of them and says how long it took. @param {() => unknown} generate */
async function time(generate) {
  const before = performance.now();
  await generate();
  console.log(`${generate.name}: ${((performance.now() - before) / 1000).toFixed(1)} s`);
}

const api = time(generateApi);
for (const generate of [
  generateCommands,
  generateLayers,
  generateMessages,
  generateSamples,
  generateSchemas,
  generateStructures,
])
  await time(generate);
await api;
console.log(`${((performance.now() - start) / 1000).toFixed(1)} s in all`);
