/** The playground against files: the wrong ones, and graphs that are hard to draw. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { GraphBuilder } from '../../../packages/onnx/test/graph-builder.ts';
import { fileOf } from '../../../packages/onnx/test/graph-file.ts';
import { root } from '../../../scripts/pnpm.js';
import { type Dropped, drop } from './drop-files.ts';
import { openBrowser } from './open-browser.ts';

const open = openBrowser();
const DIGITS = readFileSync(join(root, 'examples/digits/digits-train.onnx'));

const textFile = (name: string, text: string): Dropped => ({ name, bytes: new TextEncoder().encode(text) });

/** Layers in a row, and sums that lead from the first half to the second: nowhere one node wide. */
function shortcuts(count: number): Uint8Array {
  const builder = new GraphBuilder([1, 4, 4, 4]);
  const waiting: string[] = [];
  let x = 'x';
  for (let at = 0; at < count; at++) {
    x = builder.relu(builder.conv(x, [1, 1]));
    if (at < count / 2) waiting.push(x);
    else x = builder.add(x, waiting.pop()!);
  }
  return fileOf(builder.graph(x));
}

describe('wrong files', () => {
  const model = readFileSync(join(root, 'apps/docs/.vitepress/generated/tfjs-sample/model.json'), 'utf8');
  const cases: readonly (readonly [string, readonly Dropped[], RegExp])[] = [
    [
      'two models',
      [
        { name: 'a.onnx', bytes: DIGITS },
        { name: 'b.onnx', bytes: DIGITS },
      ],
      /There are 2 models: "a.onnx", "b.onnx"/,
    ],
    ['an empty file', [{ name: 'empty.onnx', bytes: new Uint8Array() }], /empty|no model|graph/i],
    ['text', [textFile('notes.onnx', 'hello, I am no model')], /.../],
    ['a picture and a text', [textFile('a.png', 'x'), textFile('b.txt', 'y')], /Of 2 files none is a model/],
    ['JSON that is none', [textFile('model.json', '{"a":')], /JSON/],
    ['JSON that is no model', [textFile('model.json', '[]')], /.../],
    ['a model.json without its shards', [textFile('model.json', model)], /that were not dropped: group1-shard1of1.bin/],
    ['a shard that is too short', [textFile('model.json', model), textFile('group1-shard1of1.bin', 'short')], /.../],
    ['zeros', [{ name: 'zeros.onnx', bytes: new Uint8Array(100_000) }], /.../],
  ];

  test.each(cases)('%s: a message, and the page goes on', async (_, files, message) => {
    const { page, problems } = await open('/playground.html');
    await drop(page, files);
    await page.getByRole('alert').waitFor();
    expect((await page.getByRole('alert').textContent())!.replace('This cannot be converted', '').trim()).toMatch(
      message,
    );
    await drop(page, [{ name: 'good.onnx', bytes: DIGITS }]);
    await page.getByTestId('summary').waitFor();
    expect(await page.getByRole('alert').count()).toBe(0);
    expect(problems).toEqual([]);
  });

  test('a drop beside the frame is taken, and the browser does not leave the page; text is left to it', async () => {
    const { page } = await open('/playground.html');
    const wasTaken = await page.evaluate(() => {
      const dispatch = (transfer: DataTransfer) =>
        !document
          .querySelector('h1')!
          .dispatchEvent(new DragEvent('drop', { dataTransfer: transfer, bubbles: true, cancelable: true }));
      const [files, text] = [new DataTransfer(), new DataTransfer()];
      files.items.add(new File(['x'], 'x.txt'));
      text.setData('text/plain', 'hello');
      return [dispatch(files), dispatch(text)];
    });
    expect(wasTaken).toEqual([true, false]);
  });
});

describe('hard to draw', () => {
  test('thousands of nodes that no cut parts are drawn, and answer at once', { timeout: 120_000 }, async () => {
    const { page, problems } = await open('/playground.html');
    await drop(page, [{ name: 'shortcuts.onnx', bytes: shortcuts(700) }]);
    await page.getByTestId('summary').waitFor({ timeout: 60_000 });
    await page.locator('.graph .node').first().waitFor({ timeout: 20_000 });
    expect(await page.getByRole('application').first().getAttribute('aria-label')).toMatch(/[12]\d{3} nodes/);
    await page.locator('.graph .frame').first().locator('.node[tabindex="0"]').focus();
    await page.keyboard.press('End');
    await page.waitForFunction(() => document.activeElement?.getAttribute('aria-label')?.includes('output'));
    expect(problems).toEqual([]);
  });

  test('names of a megabyte are shortened where they are drawn', async () => {
    const builder = new GraphBuilder();
    const sum = builder.add(builder.norm(builder.conv('x', [3, 3])), builder.norm(builder.conv('x', [1, 1])));
    const graph = builder.graph(builder.relu(sum));
    const long = 'n'.repeat(1_000_000);
    const rename = (name: string) => (name === sum ? long : name);
    const nodes = graph.nodes.map((node) => ({
      ...node,
      inputs: node.inputs.map(rename),
      outputs: node.outputs.map(rename),
    }));
    const { page, problems } = await open('/playground.html');
    await drop(page, [{ name: 'long.onnx', bytes: fileOf({ ...graph, nodes }) }]);
    await page.locator('.graph .node').first().waitFor();
    const size = await page
      .locator('.graph')
      .first()
      .evaluate((element) => element.outerHTML.length);
    expect(size).toBeLessThan(100_000);
    await page.getByTestId('region').first().click();
    await page.getByTestId('merged').first().waitFor();
    expect(problems).toEqual([]);
  });
});
