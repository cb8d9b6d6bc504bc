import { defaultClientConditions, defaultServerConditions } from 'vite';
import { defineConfig } from 'vitest/config';

export default defineConfig({
  resolve: { conditions: ['@reparam/source', ...defaultClientConditions] },
  ssr: { resolve: { conditions: ['@reparam/source', ...defaultServerConditions] } },
  test: {
    projects: [{ extends: true, test: { name: 'node', include: ['packages/*/test/**/*.test.ts'], exclude: ['**/*.browser.test.ts', '**/node_modules/**'] } }],
  },
});
