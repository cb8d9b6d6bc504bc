/** Tells which model dropped files are, and finds the files that it names. */
import { FormatError } from '@reparam/core';

export interface ModelFiles {
  readonly format: 'onnx' | 'tfjs';
  /** The .onnx or the model.json. */
  readonly model: File;
  /** External data or shards. */
  readonly others: readonly File[];
}

export function sortFiles(files: readonly File[]): ModelFiles {
  const named = (pattern: RegExp) => files.filter(({ name }) => pattern.test(name));
  const models = named(/\.(onnx|ort)$/i);
  const jsons = named(/\.json$/i);
  const found = models.length > 0 ? models : jsons.length > 0 ? jsons : files.length === 1 ? files : [];
  const [model, second] = found;
  if (model === undefined)
    throw new FormatError(`Of ${files.length} files none is a model: ${listNames(files)}.`, {
      hint: 'Drop an .onnx file with its external data, or a model.json with its shards.',
    });
  if (second !== undefined)
    throw new FormatError(`There are ${found.length} models: ${listNames(found)}.`, { hint: 'Drop one at a time.' });
  const others = files.filter((file) => file !== model);
  return { format: models.length === 0 && jsons.length > 0 ? 'tfjs' : 'onnx', model, others };
}

/** The file that a model names by a path: the one whose own path ends so, else the one of that name. */
export function findNamed(files: readonly File[], path: string): File | undefined {
  const wanted = path.replace(/^\.\//, '');
  const name = wanted.replace(/^.*\//, '');
  const pathOf = (file: File) => file.webkitRelativePath || file.name;
  return (
    files.find((file) => pathOf(file) === wanted || pathOf(file).endsWith(`/${wanted}`)) ??
    files.find((file) => file.name === name)
  );
}

function listNames(files: readonly File[]): string {
  const names = files.slice(0, 4).map(({ name }) => `"${name}"`);
  return files.length > names.length ? `${names.join(', ')}, ...` : names.join(', ');
}
