/** The demos: each law holds for random numbers, or differs where it says that it does; and the page shows it. */
import { seededRandom } from '@reparam/core';
import { describe, expect, test } from 'vitest';
import type { Choices, Law, Tensors } from '../.vitepress/theme/demos/law.ts';
import { openBrowser } from './open-browser.ts';

const modules = import.meta.glob<Record<string, Law>>('../.vitepress/theme/demos/laws/*.ts', { eager: true });
const laws = Object.values(modules).flatMap((module) => Object.entries(module));

/** Every combination of a law's choices. */
function listChoices({ choices = [] }: Law): Choices[] {
  return choices.reduce<Choices[]>(
    (found, { name, options }) => found.flatMap((rest) => options.map(({ value }) => ({ ...rest, [name]: value }))),
    [{}],
  );
}

function drawTensors({ fields }: Law, seed: number): Tensors {
  const random = seededRandom(seed);
  return Object.fromEntries(
    fields.map(({ name, initial, positive }) => [
      name,
      initial.map(() => (positive ? 0.2 + 1.8 * random() : 4 * random() - 2)),
    ]),
  );
}

function differ(law: Law, tensors: Tensors, choices: Choices): { difference: number; refused: boolean } {
  const { left, right, refusal } = law.solve(tensors, choices);
  const [a, b] = [left.output.data, right.output.data];
  const difference =
    a.length === b.length ? Math.max(...a.map((value, index) => Math.abs(value - b[index]!))) : Infinity;
  return { difference, refused: refusal != null };
}

/** Formulas that are shown because they are wrong, though no refusal of the library stands for them. */
const WRONG = [{ law: 'normBeforeGroups', choice: 'cycled' }];

describe.each(laws)('%s', (name, law) => {
  test.each(listChoices(law))('%o', (choices) => {
    const isWrong = WRONG.some((wrong) => wrong.law === name && Object.values(choices).includes(wrong.choice));
    const found = [1, 2, 3, 4, 5].map((seed) => differ(law, drawTensors(law, seed), choices));
    const largest = Math.max(...found.map(({ difference }) => difference));
    if (isWrong || found.some(({ refused }) => refused)) expect(largest).toBeGreaterThan(1e-3);
    else expect(largest).toBeLessThan(1e-12);
  });

  test('begins with numbers that show it', () => {
    for (const choices of listChoices(law)) {
      const initial = Object.fromEntries(law.fields.map((field) => [field.name, field.initial]));
      const { difference, refused } = differ(law, initial, choices);
      if (!refused) continue;
      expect(difference).toBeGreaterThan(1e-3);
    }
  });
});

describe('in the page', () => {
  const open = openBrowser();

  test('both sides follow an edit, and stay equal', async () => {
    const { page, problems } = await open('/guide/laws/parallel-branches.html');
    const output = page.getByRole('table', { name: 'Output, As one operator' }).locator('td').first();
    const before = await output.textContent();
    await page.getByRole('textbox', { name: 'B: 1×1, row 1, column 1' }).fill('9');
    await page.getByRole('textbox', { name: 'B: 1×1, row 1, column 1' }).press('Enter');
    expect(await output.textContent()).not.toBe(before);
    expect(await page.locator('.verdict').textContent()).toContain('Equal.');
    expect(problems).toEqual([]);
  });

  test('the border shows where the formula is wrong, and its repair', async () => {
    const { page } = await open('/guide/laws/border.html');
    const verdict = page.locator('.verdict');
    expect(await verdict.textContent()).toContain('Not equal');
    expect(await page.locator('td.wrong').count()).toBe(12);
    await page.getByLabel('Merged with').selectOption('map');
    expect(await verdict.textContent()).toContain('Equal.');
    expect(await page.locator('td.wrong').count()).toBe(0);
  });

  test('what is no number is marked, and changes nothing', async () => {
    const { page } = await open('/guide/laws/conv-then-norm.html');
    const cell = page.getByRole('textbox', { name: 'b, row 1, column 1' });
    await cell.fill('half');
    await cell.press('Enter');
    expect(await cell.getAttribute('aria-invalid')).toBe('true');
    expect(await page.locator('.verdict').textContent()).toContain('Equal.');
  });

  test('random numbers and back', async () => {
    const { page } = await open('/');
    const first = page.getByRole('textbox', { name: 'x, row 1, column 1' });
    await page.getByRole('button', { name: 'Random' }).click();
    expect(await first.inputValue()).not.toBe('1');
    expect(await page.locator('.verdict').textContent()).toContain('Equal.');
    await page.getByRole('button', { name: 'Reset' }).click();
    expect(await first.inputValue()).toBe('1');
  });
});
