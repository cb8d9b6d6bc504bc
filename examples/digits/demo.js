/** The main job on a really trained model: convert it, check it, and compare it before and after. */
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { bytesSource, openModel } from '@reparam/onnx';
import { reparameterizeFile } from '@reparam/onnx/node';
import { benchModels, loadRuntime, parseNpy, verify } from '@reparam/onnx/verify';

const here = (/** @type {string} */ name) => fileURLToPath(new URL(name, import.meta.url));
const images = parseNpy(readFileSync(here('test-images.npy')));
const labels = parseNpy(readFileSync(here('test-labels.npy'))).data;
const runtime = await loadRuntime();

/** Share of the test images that a model labels right, in percent. @param {string} path */
async function accuracyOf(path) {
  const session = await runtime.createSession(readFileSync(path), {});
  try {
    const { logits } = await session.run({ image: images });
    const scores = /** @type {Float32Array} */ (logits?.data);
    const classes = scores.length / labels.length;
    let right = 0;
    for (let image = 0; image < labels.length; image++) {
      const row = scores.subarray(image * classes, (image + 1) * classes);
      if (row.indexOf(Math.max(...row)) === Number(labels[image])) right++;
    }
    return (100 * right) / labels.length;
  } finally {
    await session.release();
  }
}

/** Prints one line of the table. @param {string} title @param {(string | number)[]} cells */
const line = (title, ...cells) =>
  console.log(`  ${title.padEnd(28)}${cells.map((cell) => String(cell).padStart(14)).join('')}`);
const grouped = (/** @type {number | null} */ value) => (value ?? 0).toLocaleString('en-US');

for (const name of ['digits-train.onnx', 'digits.onnx']) {
  const [input, output] = [here(name), here(name.replace('.onnx', '.deploy.onnx'))];
  const start = performance.now();
  const { before, after, fusions } = await reparameterizeFile(input, output, { overwrite: true });
  const seconds = (performance.now() - start) / 1000;
  const check = await verify(readFileSync(input), readFileSync(output), { runtime });
  const { models } = await benchModels(
    [
      { name: 'train', model: readFileSync(input) },
      { name: 'deploy', model: readFileSync(output) },
    ],
    { runtime, threads: 1, seconds: 2, shapes: { image: [1, 1, 16, 16] } },
  );
  const largest = Math.max(...check.outputs.map((found) => found.maxRelative));
  const proof = Math.max(...fusions.map((fusion) => fusion.error));

  console.log(`\n${name}: ${fusions.length} fusions in ${seconds.toFixed(2)} s\n`);
  line('', 'train', 'deploy', 'ratio');
  const row = (/** @type {string} */ title, /** @type {number | null} */ a, /** @type {number | null} */ b) =>
    line(title, grouped(a), grouped(b), `${((a ?? 0) / (b ?? 1)).toFixed(2)}x`);
  row('operators', before.operators, after.operators);
  row('parameters', before.parameters, after.parameters);
  row('multiply-adds', before.macs, after.macs);
  row('bytes', before.bytes, after.bytes);
  const [train, deploy] = models.map((model) => model.median);
  line(
    'latency, 1 thread (ms)',
    train?.toFixed(3) ?? '',
    deploy?.toFixed(3) ?? '',
    `${(1 / (models[1]?.ratio ?? 1)).toFixed(2)}x`,
  );
  line(
    `accuracy, ${labels.length} images (%)`,
    (await accuracyOf(input)).toFixed(2),
    (await accuracyOf(output)).toFixed(2),
  );
  console.log(`\n  proven equal in float64 to ${proof.toExponential(1)} of the largest output`);
  console.log(
    `  ${runtime.name} ${runtime.version}: ${check.equal ? 'equal' : 'DIFFERENT'}, largest difference ${largest.toExponential(1)}`,
  );
  console.log(`  deploy model: ${output}`);
  if (!check.equal) process.exitCode = 2;
}

// Nothing to do the second time: the deploy model is final.
const again = await openModel(bytesSource(readFileSync(here('digits.deploy.onnx'))));
console.log(
  `\nThe deploy model has ${again.graph.nodes.length} nodes: ${[...new Set(again.graph.nodes.map((node) => node.opType))].join(', ')}`,
);
