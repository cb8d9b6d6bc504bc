/** The full-size models that make-models.py makes, and where they lie. */
import { existsSync } from 'node:fs';
import { join } from 'node:path';

const folder = join(import.meta.dirname, 'models');
/** With the form that their authors deploy. */
export const MODELS = ['repvgg-a0', 'repvgg-b1', 'mobileone-s0', 'mobileone-s1', 'fastvit-t8', 'repvit-m0.9'];

/** Heads on feature pyramids, which nobody's code re-parameterizes. */
export const PYRAMIDS = ['segformer-b0', 'segformer-b2'];

/** @param {string} name @param {'train' | 'author'} form */
export const modelPath = (name, form) => join(folder, `${name}.${form}.onnx`);

/** The named models, or all. */
export function chooseModels(names, all = MODELS) {
  const chosen = names.length > 0 ? names : all;
  const missing = chosen.filter((name) => !existsSync(modelPath(name, 'train')));
  if (missing.length === 0) return chosen;
  console.error(`No ${missing.join(', ')} in bench/models: run python bench/make-models.py first.`);
  process.exit(1);
}
