/** Before the tests of this folder: packs every published package and installs the tarballs with npm into an empty project. */
import { cp, mkdir, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TestProject } from 'vitest/node';
import { pnpmCommand, root } from '../../scripts/pnpm.js';
import { publishedPackages } from './published-packages.ts';
import { runWell } from './run-program.ts';

declare module 'vitest' {
  interface ProvidedContext {
    /** Folder of a project that has the published packages from npm, and nothing else. */
    readonly consumer: string;
    /** Folder of the tarballs. */
    readonly tarballs: string;
  }
}

export default async function install(project: TestProject): Promise<() => Promise<void>> {
  const folder = await mkdtemp(join(tmpdir(), 'reparam-consumer-'));
  const [consumer, tarballs] = [join(folder, 'app'), join(folder, 'tarballs')];
  await mkdir(tarballs);
  await packAll(tarballs);
  await cp(join(root, 'test/consumer/app'), consumer, { recursive: true });
  await writeFile(join(consumer, 'package.json'), JSON.stringify({ private: true, type: 'module' }));
  const files = (await readdir(tarballs)).map((name) => join(tarballs, name));
  await runWell('npm', ['install', '--no-audit', '--no-fund', '--prefer-offline', ...files], consumer);
  project.provide('consumer', consumer);
  project.provide('tarballs', tarballs);
  return () => rm(folder, { recursive: true });
}

async function packAll(target: string): Promise<void> {
  await runWell('node', ['scripts/build.js'], root);
  const [program = '', ...first] = pnpmCommand;
  for (const { folder } of publishedPackages)
    await runWell(program, [...first, 'pack', '--pack-destination', target], folder);
}
