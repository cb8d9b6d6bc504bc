/** Gives a project a package that this repository has, without a download. */
import { mkdir, realpath, symlink } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { root } from '../../scripts/pnpm.js';

/** Links package `name`, a dependency of `owner` (a folder of this repository), into the project in `folder`. */
export async function linkPackage(name: string, owner: string, folder: string): Promise<void> {
  const link = join(folder, 'node_modules', name);
  await mkdir(dirname(link), { recursive: true });
  await symlink(await realpath(join(root, owner, 'node_modules', name)), link, 'junction');
}
