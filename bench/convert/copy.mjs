/** Only reads a file and writes it: the least that any converter written in Node does. */
import { readFileSync, writeFileSync } from 'node:fs';

const [input, output] = process.argv.slice(2);
writeFileSync(output, readFileSync(input));
