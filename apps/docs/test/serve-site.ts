/** Before the tests of the site: builds it if anything changed, and serves it as a static host would. */
import { join } from 'node:path';
import { preview } from 'vite';
import type { TestProject } from 'vitest/node';
import { pnpm, root } from '../../../scripts/pnpm.js';

declare module 'vitest' {
  interface ProvidedContext {
    /** Address of the built site, without a slash at its end. */
    readonly site: string;
    /** The browser's program. */
    readonly chromium: string;
  }
}

export default async function serveSite(project: TestProject): Promise<() => Promise<void>> {
  pnpm(['exec', 'turbo', 'run', 'build', '--filter=docs']);
  const server = await preview({
    root: join(root, 'apps/docs'),
    configFile: false,
    logLevel: 'error',
    appType: 'mpa',
    build: { outDir: '.vitepress/dist' },
    preview: { port: 0, host: '127.0.0.1' },
  });
  project.provide('site', server.resolvedUrls!.local[0]!.replace(/\/$/, ''));
  return () => server.close();
}
