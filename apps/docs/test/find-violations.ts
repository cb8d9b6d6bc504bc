/** What axe-core finds in a page as it stands. */
import axe from 'axe-core';
import type { Page } from 'playwright';

const TAGS = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'];

export async function findViolations(page: Page): Promise<string[]> {
  await page.evaluate(axe.source);
  return page.evaluate(async (tags) => {
    const { axe: checker } = globalThis as unknown as { axe: typeof import('axe-core') };
    const { violations } = await checker.run(document, { runOnly: { type: 'tag', values: tags } });
    const places = (nodes: readonly { readonly html: string }[]) =>
      nodes.slice(0, 3).map(({ html }) => html.slice(0, 160));
    return violations.map(({ id, nodes }) => `${id}: ${places(nodes).join(' | ')}`);
  }, TAGS);
}
