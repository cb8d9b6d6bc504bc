/**
 * Converts many models with one converter, in one process: convert.mjs tool jobs.json. Prints a line of JSON for each
 * that is done, so that the caller knows where a crash happened.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';

const TOOLS = { reparam, 'onnxruntime-node': optimizeInRuntime, 'onnxsim (npm)': simplifyInNode };

const [tool, jobs] = process.argv.slice(2);
for (const { input, output } of JSON.parse(readFileSync(jobs, 'utf8'))) {
  let failure;
  try {
    await TOOLS[tool](input, output);
  } catch (error) {
    failure = String(error?.message ?? error).slice(0, 300);
  }
  // Not console.log: some converters print their own progress there.
  process.stderr.write(`${JSON.stringify({ output, failure })}\n`);
}
process.exit(0);

async function reparam(input, output) {
  const { reparameterizeFile } = await import('@reparam/onnx/node');
  await reparameterizeFile(input, output, { overwrite: true });
}

async function optimizeInRuntime(input, output) {
  const { default: ort } = await import('onnxruntime-node');
  const options = { graphOptimizationLevel: 'basic', optimizedModelFilePath: output, logSeverityLevel: 4 };
  await (await ort.InferenceSession.create(input, options)).release();
}

async function simplifyInNode(input, output) {
  const peer = join(import.meta.dirname, '../peers/node_modules/onnxsim/index.mjs');
  const { simplify } = await import(pathToFileURL(peer).href);
  writeFileSync(output, (await simplify(readFileSync(input))).model);
}
