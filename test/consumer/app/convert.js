/** Converts a model with the installed packages, as bytes and as files, and prints what a test compares. */
import { readFile, writeFile } from 'node:fs/promises';
import { argv } from 'node:process';
import { add, conv, identity, toConv } from '@reparam/core';
import { bytesSource, openModel, ReparamError, reparameterize } from '@reparam/onnx';
import { reparameterizeFile } from '@reparam/onnx/node';

const [input = '', output = '', outputFromFile = ''] = argv.slice(2);
const { model, report } = await reparameterize(await readFile(input));
await writeFile(output, model);
const fromFile = await reparameterizeFile(input, outputFromFile);
const deployed = await openModel(bytesSource(model));
const damaged = await reparameterize(new Uint8Array([10, 200, 1])).catch((error) => error);

console.log(
  JSON.stringify({
    operators: [report.before.operators, report.after.operators],
    fusions: [report.fusions.length, fromFile.fusions.length],
    error: Math.max(...report.fusions.map((fusion) => fusion.error)),
    types: [...new Set(deployed.graph.nodes.map((node) => node.opType))],
    damaged: damaged instanceof ReparamError && damaged.message,
    sum: toConv(add(conv({ weight: [2, 0, 0, 3], inChannels: 2, outChannels: 2 }), identity(2))).weight,
  }),
);
