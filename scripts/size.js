/** Size of each entry as a page loads it: bundled, minified, gzipped, without the packages it depends on. Fails above a limit. */
import { relative } from 'node:path';
import { gzipSync } from 'node:zlib';
import { build } from 'esbuild';
import { root } from './pnpm.js';

/** Entries, what their bundles leave out, and their limits in kB (1,000 bytes). */
const ENTRIES = [
  { entry: '@reparam/core', file: 'packages/core/dist/index.js', external: [], limit: 20 },
  { entry: '@reparam/onnx', file: 'packages/onnx/dist/index.js', external: ['@reparam/core'], limit: 30 },
  { entry: '@reparam/onnx/verify', file: 'packages/onnx/dist/verify/index.js', external: ['@reparam/core'], limit: 24 },
];

/**
 * Gzipped kB that are loaded at once, and those that are loaded only for models that need them.
 * @param {{ file: string, external: string[] }} entry
 */
async function measure({ file, external }) {
  const { outputFiles, metafile } = await build({
    absWorkingDir: root,
    entryPoints: [file],
    external,
    bundle: true,
    minify: true,
    splitting: true,
    metafile: true,
    write: false,
    outdir: root,
    format: 'esm',
    platform: 'browser',
    target: 'es2022',
  });
  const outputs = Object.keys(metafile.outputs);
  const atOnce = new Set(outputs.filter((path) => metafile.outputs[path]?.entryPoint === file));
  for (const path of atOnce)
    for (const { kind, path: imported } of metafile.outputs[path]?.imports ?? [])
      if (kind === 'import-statement' && metafile.outputs[imported]) atOnce.add(imported);
  const total = (/** @type {boolean} */ first) =>
    outputFiles
      .filter(({ path }) => atOnce.has(relative(root, path)) === first)
      .reduce((sum, { contents }) => sum + gzipSync(contents, { level: 9 }).length / 1000, 0);
  return { loaded: total(true), later: total(false) };
}

let tooLarge = 0;
console.log('| entry                  | kB gzipped | limit | when a model needs it |');
console.log('| ---------------------- | ---------: | ----: | --------------------: |');
for (const entry of ENTRIES) {
  const { loaded, later } = await measure(entry);
  const cells = [
    loaded.toFixed(1).padStart(10),
    String(entry.limit).padStart(5),
    (later > 0 ? later.toFixed(1) : '').padStart(21),
  ];
  console.log(`| ${`\`${entry.entry}\``.padEnd(22)} | ${cells.join(' | ')} |`);
  if (loaded <= entry.limit) continue;
  tooLarge++;
  console.error(`${entry.entry} has ${loaded.toFixed(1)} kB gzipped, and its limit is ${entry.limit} kB.`);
}
process.exitCode = tooLarge > 0 ? 1 : 0;
