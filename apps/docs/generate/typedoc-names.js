/** A plugin of TypeDoc: modules are called as they are imported, and a comment's example that is code is fenced as such. */
import { Converter } from 'typedoc';

/** What an entry point's module is called, by its path. */
const NAMES = {
  'core/src': '@reparam/core',
  'onnx/src': '@reparam/onnx',
  'onnx/src/node': '@reparam/onnx/node',
  'onnx/src/verify': '@reparam/onnx/verify',
  'cli/src/main': 'reparam',
};

/** @param {import('typedoc').Application} app */
export function load(app) {
  app.converter.on(Converter.EVENT_RESOLVE_BEGIN, (context) => {
    for (const module of context.project.children ?? []) {
      const name = NAMES[/** @type {keyof typeof NAMES} */ (module.name)];
      if (name === undefined)
        throw new Error(`typedoc-names: found the module ${module.name}, expected one that has a name here`);
      module.name = name;
    }
  });
}
