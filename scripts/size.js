/** Size of each entry as a page loads it: bundled, minified, gzipped, without the packages it depends on. Fails above a limit. */
import { join, relative } from 'node:path';
import { gzipSync } from 'node:zlib';
import { build } from 'esbuild';
import { root } from './pnpm.js';

/** Entries, what their bundles leave out, and their limits in kB (1,000 bytes). The last is a page that converts, with all that it takes. */
const ENTRIES = [
  { entry: '@reparam/core', external: [], limit: 20 },
  { entry: '@reparam/onnx', external: ['@reparam/core'], limit: 30 },
  { entry: '@reparam/onnx/verify', external: ['@reparam/core'], limit: 24 },
  { entry: 'a page that converts', only: 'reparameterize', from: '@reparam/onnx', external: [], limit: 50 },
];

/**
 * Gzipped kB that are loaded at once, and those that are loaded later, as models need them.
 * @param {{ entry: string, only?: string, from?: string, external: string[] }} entry
 */
async function measure({ entry, only = '*', from = entry, external }) {
  const { outputFiles, metafile } = await build({
    absWorkingDir: root,
    stdin: {
      contents: `export ${only === '*' ? only : `{ ${only} }`} from '${from}';`,
      resolveDir: join(root, 'packages/onnx'),
    },
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
  const atOnce = new Set(outputs.filter((path) => metafile.outputs[path]?.entryPoint === '<stdin>'));
  for (const path of atOnce)
    for (const { kind, path: imported } of metafile.outputs[path]?.imports ?? [])
      if (kind === 'import-statement' && metafile.outputs[imported]) atOnce.add(imported);
  // An application's bundler makes one file of what is loaded at once.
  const total = (/** @type {boolean} */ first) => {
    const chunks = outputFiles.filter(({ path }) => atOnce.has(relative(root, path)) === first);
    return gzipSync(Buffer.concat(chunks.map(({ contents }) => contents)), { level: 9 }).length / 1000;
  };
  return { loaded: total(true), later: total(false) };
}

let tooLarge = 0;
console.log('| entry                  | kB gzipped | limit | later, as models need it |');
console.log('| ---------------------- | ---------: | ----: | ------------------------: |');
for (const entry of ENTRIES) {
  const { loaded, later } = await measure(entry);
  const cells = [
    loaded.toFixed(1).padStart(10),
    String(entry.limit).padStart(5),
    (later >= 0.1 ? later.toFixed(1) : '').padStart(25),
  ];
  console.log(`| ${(entry.only ? entry.entry : `\`${entry.entry}\``).padEnd(22)} | ${cells.join(' | ')} |`);
  if (loaded <= entry.limit) continue;
  tooLarge++;
  console.error(`${entry.entry} has ${loaded.toFixed(1)} kB gzipped, and its limit is ${entry.limit} kB.`);
}
process.exitCode = tooLarge > 0 ? 1 : 0;
