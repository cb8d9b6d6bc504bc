/** Four projects: packages from source in Node, packages as npm installs them, and in Chromium, where there is one, packages and the site. */
import { existsSync } from 'node:fs';
import { playwright } from '@vitest/browser-playwright';
import { defaultClientConditions, defaultServerConditions } from 'vite';
import { defineConfig } from 'vitest/config';

const chromium = [
  process.env.CHROMIUM_PATH ?? '',
  '/usr/bin/chromium',
  '/usr/bin/chromium-browser',
  '/usr/bin/google-chrome',
  '/Applications/Google Chrome.app/Contents/MacOS/Google Chrome',
].find((path) => existsSync(path));

if (chromium === undefined) {
  const reason = 'no Chromium or Chrome is found (CHROMIUM_PATH names one).';
  if (process.env.REQUIRE_BROWSER) throw new Error(`The browser tests cannot run: ${reason}`);
  // This file is read once for each project.
  if (!process.env.TOLD_NO_BROWSER) console.warn(`The browser tests are left out: ${reason}`);
  process.env.TOLD_NO_BROWSER = 'yes';
}

const source = {
  extends: true as const,
  test: {
    name: 'source',
    include: ['packages/*/test/**/*.test.ts'],
    exclude: ['**/*.browser.test.ts', '**/node_modules/**'],
    testTimeout: 60_000, // a shared machine may be slow
  },
};

const packed = {
  extends: true as const,
  test: {
    name: 'packed',
    include: ['test/**/*.test.ts'],
    globalSetup: ['test/consumer/install.ts'],
    testTimeout: 60_000,
  },
};

const browser = {
  extends: true as const,
  define: { 'process.env': '{}' },
  optimizeDeps: { exclude: ['onnxruntime-web'] }, // It finds its wasm file beside itself.
  test: {
    name: 'browser',
    // Core's own tests need nothing of Node, so they show that the algebra is the same in a browser.
    include: [
      'packages/*/test/**/*.browser.test.ts',
      'packages/core/test/{algebra,lift}/*.test.ts',
      'packages/core/test/*.test.ts',
      'packages/tfjs/test/{structures,train,rep-conv}.test.ts',
    ],
    globalSetup: ['packages/onnx/test/browser/convert-in-node.ts'],
    browser: {
      enabled: true,
      headless: true,
      screenshotFailures: false,
      instances: [{ browser: 'chromium' as const }],
      provider: playwright({
        launchOptions: {
          ...(chromium === undefined ? {} : { executablePath: chromium }),
          args: [
            '--no-sandbox',
            // WebGL without a GPU.
            '--use-gl=angle',
            '--use-angle=swiftshader',
            '--enable-unsafe-swiftshader',
            '--disable-background-networking',
            '--disable-component-update',
          ],
        },
      }),
    },
  },
};

const docs = {
  extends: true as const,
  test: {
    name: 'docs',
    include: ['apps/docs/test/**/*.test.ts'],
    globalSetup: ['apps/docs/test/serve-site.ts'],
    provide: { chromium: chromium ?? '' },
    testTimeout: 60_000,
    hookTimeout: 60_000,
  },
};

export default defineConfig({
  resolve: { conditions: ['@reparam/source', ...defaultClientConditions] },
  ssr: { resolve: { conditions: ['@reparam/source', ...defaultServerConditions] } },
  test: {
    testTimeout: 30_000, // Machines that run several things at once are slow now and then.
    reporters: process.env.TEST_REPORT ? ['default', ['json', { outputFile: process.env.TEST_REPORT }]] : ['default'],
    projects: [source, packed, ...(chromium === undefined ? [] : [browser, docs])],
  },
});
