/** The packages of this repository that are published. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { root } from '../../scripts/pnpm.js';

export interface PublishedPackage {
  readonly folder: string;
  readonly name: string;
  /** Specifiers of the modules it offers. */
  readonly entries: readonly string[];
}

interface Manifest {
  readonly name: string;
  readonly private?: boolean;
  readonly exports?: Readonly<Record<string, unknown>>;
}

export const publishedPackages: readonly PublishedPackage[] = readdirSync(join(root, 'packages'))
  .map((name) => join(root, 'packages', name))
  .flatMap((folder) => {
    const manifest = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8')) as Manifest;
    if (manifest.private) return [];
    // An entry with types is a module; the others are files, such as JSON schemas.
    const modules = Object.entries(manifest.exports ?? {}).filter(([, target]) => typeof target === 'object');
    return [{ folder, name: manifest.name, entries: modules.map(([path]) => manifest.name + path.slice(1)) }];
  });
