/** A folder with what the documents' examples name: the trained network as several files, and a project with the packages. */
import { copyFile, cp, mkdir } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { root } from '../../scripts/pnpm.js';

const DIGITS = join(root, 'examples/digits');

const COPIES: Readonly<Record<string, string>> = {
  'model.onnx': 'digits-train.onnx',
  'old.onnx': 'digits-train.onnx',
  'a.onnx': 'digits-train.onnx',
  'b.onnx': 'digits.onnx',
  'in.onnx': 'digits.onnx',
  'images.npy': 'test-images.npy',
  'models/small/c.onnx': 'digits.onnx',
  'examples/digits/digits.onnx': 'digits.onnx',
  'examples/digits/digits-train.onnx': 'digits-train.onnx',
};

/** Makes `folder`, with models in it. */
export async function prepareFolder(folder: string): Promise<void> {
  for (const [name, original] of Object.entries(COPIES)) {
    await mkdir(dirname(join(folder, name)), { recursive: true });
    await copyFile(join(DIGITS, original), join(folder, name));
  }
}

/** Makes `project` a copy of the one in `consumer`, whose packages the tests that share it leave as they are. */
export async function copyProject(consumer: string, project: string): Promise<void> {
  await mkdir(project);
  await cp(join(consumer, 'node_modules'), join(project, 'node_modules'), { recursive: true, verbatimSymlinks: true });
  await copyFile(join(consumer, 'package.json'), join(project, 'package.json'));
}
