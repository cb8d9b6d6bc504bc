/** Colours, progress and data: what goes where on a terminal and off it. */

import { expect, test } from 'vitest';
import { type Surroundings, useWorkspace } from './command-line.ts';

const space = useWorkspace();

const ESCAPE = '\x1b[';
const colored = async (surroundings: Surroundings, ...flags: string[]) =>
  (await space.runIn(surroundings, 'convert', 'digits.onnx', '--dry-run', ...flags)).out.includes(ESCAPE);

test('colours only on a terminal, and never where they are not wanted', async () => {
  const terminal = { stdoutIsTTY: true };
  expect(await colored(terminal)).toBe(true);
  expect(await colored({})).toBe(false);
  expect(await colored(terminal, '--no-color')).toBe(false);
  expect(await colored({ ...terminal, env: { NO_COLOR: '1' } })).toBe(false);
  expect(await colored({ ...terminal, env: { NO_COLOR: '' } })).toBe(true);
  expect(await colored({ ...terminal, env: { TERM: 'dumb' } })).toBe(false);
  expect(await colored({ env: { FORCE_COLOR: '1' } })).toBe(true);
  expect(await colored(terminal, '--format', 'md')).toBe(false);
  expect(await colored(terminal, '--format', 'json')).toBe(false);
});

test('without a terminal nothing but errors is on stderr', async () => {
  for (const argv of [
    ['convert', 'digits.onnx'],
    ['inspect', 'digits.onnx'],
    ['verify', 'digits.onnx', 'digits.deploy.onnx'],
  ])
    expect((await space.run(...argv)).err).toBe('');
});

test('long work shows a bar on a terminal and removes it', async () => {
  const runs = await Promise.all(
    [{ stderrIsTTY: true }, {}, { stderrIsTTY: true, env: { TERM: 'dumb' } }].map((surroundings) =>
      space.runIn(surroundings, 'verify', 'digits.onnx', 'digits.onnx', '--samples', '200'),
    ),
  );
  const [terminal, pipe, dumb] = runs;
  expect(terminal!.err).toMatch(/█*░*\s+\d+ % run/);
  expect(terminal!.err.endsWith('\r\x1b[2K')).toBe(true);
  expect(pipe!.err).toBe('');
  expect(dumb!.err).toBe('');
});
