/** A browser for the tests of one file, and pages that report what goes wrong in them. */
import { type Browser, type BrowserContextOptions, chromium, type Page, selectors } from 'playwright';
import { afterAll, beforeAll, inject } from 'vitest';

export interface OpenPage {
  readonly page: Page;
  /** Errors of scripts, refused loads and violations of the security policy, so far. */
  readonly problems: readonly string[];
}

selectors.setTestIdAttribute('data-test');

const ARGUMENTS = ['--no-sandbox', '--disable-gpu', '--disable-background-networking', '--disable-component-update'];

/** Gives WebGPU, in software where there is no GPU. */
export const WITH_GPU: readonly string[] = ['--enable-unsafe-webgpu', '--use-webgpu-adapter=swiftshader'];

/** Opens paths of the built site in a context of their own: `open('/start/', { colorScheme: 'dark' })`. */
export function openBrowser(
  more: readonly string[] = [],
): (path: string, options?: BrowserContextOptions) => Promise<OpenPage> {
  let browser: Browser;
  beforeAll(async () => {
    browser = await chromium.launch({ executablePath: inject('chromium'), args: [...ARGUMENTS, ...more] });
  });
  afterAll(() => browser.close());
  return async (path, options) => {
    const context = await browser.newContext(options);
    const page = await context.newPage();
    const problems: string[] = [];
    page.on('pageerror', (error) => problems.push(error.message));
    page.on('console', (message) => {
      if (message.type() === 'error') problems.push(message.text());
    });
    page.on('response', (response) => {
      if (response.status() >= 400) problems.push(`${response.status()} ${response.url()}`);
    });
    if (path !== 'about:blank') await page.goto(inject('site') + path, { waitUntil: 'networkidle' });
    return { page, problems };
  };
}
