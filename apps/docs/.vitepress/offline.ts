/** After the build: the service worker of the playground, with the list of the files that it keeps. */
import { createHash } from 'node:crypto';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join, posix } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { SiteConfig } from 'vitepress';

/** Loads a runtime: it and all that it names are kept when they were used. The search in pages is not kept. */
const RUNTIME = /runner/;
const NEVER = /hashmap|localSearch|LocalSearch/;

/** Files named in scripts and pages, relative to them or to the site. */
const NAMED = /["'`(]((?:\.{0,2}\/|assets\/)?[\w@./-]+\.(?:js|mjs|css|onnx|json|bin|wasm|woff2|svg))["'`)]/g;

export function writeOfflineWorker({ outDir, site }: SiteConfig): void {
  const first = findFiles(outDir, site.base, (file) => !RUNTIME.test(file));
  const runtimes = findFiles(outDir, site.base, () => true).filter((file) => !first.includes(file));
  const source = readFileSync(fileURLToPath(new URL('./offline-worker.js', import.meta.url)), 'utf8');
  const version = createHash('sha256')
    .update(JSON.stringify([first, runtimes]))
    .digest('hex')
    .slice(0, 12);
  const worker = source
    .replace('const FILES = [];', `const FILES = ${JSON.stringify(first)};`)
    .replace('const RUNTIMES = [];', `const RUNTIMES = ${JSON.stringify(runtimes)};`)
    .replace('VERSION', version);
  writeFileSync(join(outDir, 'playground-offline.js'), worker);
}

/** All that the page reaches, by path from the root of the site. */
function findFiles(outDir: string, base: string, isWanted: (file: string) => boolean): string[] {
  const found = new Set<string>();
  const visit = (file: string) => {
    const text = /\.(m?js|html)$/.test(file) ? readFileSync(join(outDir, file), 'utf8') : '';
    for (const [, named = ''] of text.matchAll(NAMED)) {
      const places = named.startsWith(base)
        ? [named.slice(base.length)]
        : [posix.join(posix.dirname(file), named), named];
      const place = places.find((one) => !one.startsWith('.') && existsSync(join(outDir, one)));
      if (place === undefined || found.has(place) || NEVER.test(place) || !isWanted(place)) continue;
      found.add(place);
      visit(place);
    }
  };
  visit('playground.html');
  return [...found].sort();
}
