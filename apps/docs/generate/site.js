/** Makes all that pages are generated from: run before the site is built. */
import { generateCommands } from './commands.js';
import { generateMessages } from './messages.js';
import { generateSchemas } from './schemas.js';
import { generateStructures } from './structures.js';

const start = performance.now();
for (const generate of [generateCommands, generateMessages, generateSchemas, generateStructures]) {
  const before = performance.now();
  await generate();
  console.log(`${generate.name}: ${((performance.now() - before) / 1000).toFixed(1)} s`);
}
console.log(`${((performance.now() - start) / 1000).toFixed(1)} s in all`);
