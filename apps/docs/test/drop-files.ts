/** Drops files on the page, as a hand would. */
import type { Page } from 'playwright';

export interface Dropped {
  readonly name: string;
  readonly bytes: Uint8Array;
}

export async function drop(page: Page, files: readonly Dropped[], where = 'body'): Promise<void> {
  const data = files.map(({ name, bytes }) => [name, Buffer.from(bytes).toString('base64')] as const);
  const dataTransfer = await page.evaluateHandle((entries) => {
    const transfer = new DataTransfer();
    for (const [name, text] of entries)
      transfer.items.add(new File([Uint8Array.from(atob(text), (letter) => letter.charCodeAt(0))], name));
    return transfer;
  }, data);
  await page.locator(where).first().dispatchEvent('drop', { dataTransfer });
}
