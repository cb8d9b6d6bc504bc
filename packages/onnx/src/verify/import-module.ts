/** Imports by name at run time, so that neither types nor bundlers need the module. */

interface NodeGlobals {
  readonly process?: { readonly versions?: { readonly node?: string } };
}

/** Whether this is Node, or a runtime that says it is one. */
export const inNode: boolean = (globalThis as NodeGlobals).process?.versions?.node !== undefined;

/** Imports a module as this package sees it. */
export function importModule(specifier: string): Promise<unknown> {
  return import(/* @vite-ignore */ /* webpackIgnore: true */ specifier);
}
