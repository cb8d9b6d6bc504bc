/** Size of each entry as an application gets it: bundled, minified and gzipped, without what it depends on. Fails above a limit. */
import { gzipSync } from 'node:zlib';
import { build } from 'esbuild';
import { root } from './pnpm.js';

/** Entries, what their bundles leave out, and their limits in kB (1,000 bytes). */
const ENTRIES = [
  { entry: '@reparam/core', file: 'packages/core/dist/index.js', external: [], limit: 20 },
  { entry: '@reparam/onnx', file: 'packages/onnx/dist/index.js', external: ['@reparam/core'], limit: 30 },
  { entry: '@reparam/onnx/verify', file: 'packages/onnx/dist/verify/index.js', external: ['@reparam/core'], limit: 20 },
];

/** @param {{ file: string, external: string[] }} entry */
async function measure({ file, external }) {
  const { outputFiles } = await build({
    absWorkingDir: root,
    entryPoints: [file],
    external,
    bundle: true,
    minify: true,
    write: false,
    format: 'esm',
    platform: 'browser',
    target: 'es2022',
  });
  const bundle = outputFiles[0]?.contents ?? new Uint8Array();
  return { minified: bundle.length / 1000, gzipped: gzipSync(bundle, { level: 9 }).length / 1000 };
}

let tooLarge = 0;
console.log('| entry                  | minified | gzipped | limit |');
console.log('| ---------------------- | -------: | ------: | ----: |');
for (const entry of ENTRIES) {
  const { minified, gzipped } = await measure(entry);
  const cells = [minified.toFixed(1).padStart(8), gzipped.toFixed(1).padStart(7), String(entry.limit).padStart(5)];
  console.log(`| ${`\`${entry.entry}\``.padEnd(22)} | ${cells.join(' | ')} |`);
  if (gzipped <= entry.limit) continue;
  tooLarge++;
  console.error(`${entry.entry} has ${gzipped.toFixed(1)} kB gzipped, and its limit is ${entry.limit} kB.`);
}
process.exitCode = tooLarge > 0 ? 1 : 0;
