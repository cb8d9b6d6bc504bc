/** Simplifies with the npm package onnxsim. */
import { readFileSync, writeFileSync } from 'node:fs';
import { simplify } from 'onnxsim';

const [input, output] = process.argv.slice(2);
const { model } = await simplify(readFileSync(input));
writeFileSync(output, model);
process.exit(0); // its worker threads would keep the process alive
