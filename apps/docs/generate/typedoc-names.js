/** A plugin of TypeDoc: modules are called as they are imported. */
import { Converter } from 'typedoc';
import modules from './api-modules.json' with { type: 'json' };

/** Names by what TypeDoc calls the module: its path without what all have in common, and without `index`. */
const names = new Map(Object.entries(modules).map(([path, name]) => [path.replace(/(\/index)?\.ts$/, ''), name]));

/** @param {import('typedoc').Application} app */
export function load(app) {
  app.converter.on(Converter.EVENT_RESOLVE_BEGIN, (context) => {
    for (const module of context.project.children ?? []) {
      const name = names.get(module.name);
      if (name === undefined)
        throw new Error(`typedoc-names: found ${module.name}, expected a module of api-modules.json`);
      module.name = name;
    }
  });
}
