/**
 * Bundles the compiled modules of the package in the working directory, in place: a file for each entry, and chunks that
 * they share or load later. Hundreds of small modules take Node longer to load than a small conversion takes.
 */
import { readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { build } from 'esbuild';

/** @type {{ exports: Record<string, string | { default: string }> }} */
const manifest = JSON.parse(readFileSync('package.json', 'utf8'));
const exported = Object.values(manifest.exports).flatMap((target) =>
  typeof target === 'string' ? [] : target.default,
);

const { outputFiles } = await build({
  // Arguments are entries that no one imports by the package's name.
  entryPoints: [...exported, ...process.argv.slice(2)],
  outbase: 'dist',
  outdir: 'dist',
  bundle: true,
  splitting: true,
  packages: 'external',
  format: 'esm',
  platform: 'neutral',
  target: 'es2022',
  sourcemap: true,
  write: false,
  logLevel: 'warning',
});
for (const path of readdirSync('dist', { recursive: true, encoding: 'utf8' }))
  if (/\.js(\.map)?$/.test(path)) rmSync(`dist/${path}`);
// No module has side effects, so an import without names is only work for who loads it.
for (const { path, text } of outputFiles) writeFileSync(path, text.replaceAll(/^import "\.[^"]*";$/gm, ''));
