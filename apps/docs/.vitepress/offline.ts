/** After the build: the service worker of the playground, with the list of the files that it keeps. */
import { createHash } from 'node:crypto';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join, posix } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { SiteConfig } from 'vitepress';

/** What is loaded only when it is asked for: runtimes, and the search in pages. */
const LATER = /runner|hashmap|localSearch|LocalSearch|\.wasm$/;

/** Files named in scripts and pages, relative to them or to the site. */
const NAMED = /["'`(]((?:\.{0,2}\/|assets\/)?[\w@./-]+\.(?:js|css|onnx|json|bin|woff2|svg))["'`)]/g;

export function writeOfflineWorker({ outDir, site }: SiteConfig): void {
  const files = findFiles(outDir, site.base);
  const source = readFileSync(fileURLToPath(new URL('./offline-worker.js', import.meta.url)), 'utf8');
  const version = createHash('sha256').update(JSON.stringify(files)).digest('hex').slice(0, 12);
  const worker = source
    .replace('const FILES = [];', `const FILES = ${JSON.stringify(files)};`)
    .replace('VERSION', version);
  writeFileSync(join(outDir, 'playground-offline.js'), worker);
}

/** All that the page reaches, by path from the root of the site. */
function findFiles(outDir: string, base: string): string[] {
  const found = new Set<string>();
  const visit = (file: string) => {
    const text = /\.(js|html)$/.test(file) ? readFileSync(join(outDir, file), 'utf8') : '';
    for (const [, named = ''] of text.matchAll(NAMED)) {
      const places = named.startsWith(base)
        ? [named.slice(base.length)]
        : [posix.join(posix.dirname(file), named), named];
      const place = places.find((one) => !one.startsWith('.') && existsSync(join(outDir, one)));
      if (place === undefined || found.has(place) || LATER.test(place)) continue;
      found.add(place);
      visit(place);
    }
  };
  visit('playground.html');
  return [...found].sort();
}
