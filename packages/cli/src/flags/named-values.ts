/** Parsers of `name=value` flags, which may be given once for each input. An input's name may itself contain `=`. */

import { InvalidArgumentError } from 'commander';

/** Values by the name of the input they belong to. */
export type Named<Value> = Readonly<Record<string, Value>>;

/** `image=1,3,224,224` */
export function collectShape(text: string, previous: Named<readonly number[]> = {}): Named<readonly number[]> {
  const example = 'Expected name=sizes, such as image=1,3,224,224.';
  const [name, value] = splitName(text, example);
  const sizes = value.split(/[,x]/);
  if (!sizes.every((size) => /^\s*[1-9]\d*\s*$/.test(size) && Number.isSafeInteger(Number(size))))
    throw new InvalidArgumentError(example);
  return add(previous, name, sizes.map(Number));
}

/** `image=0,255` */
export function collectRange(
  text: string,
  previous: Named<readonly [number, number]> = {},
): Named<readonly [number, number]> {
  const example = 'Expected name=lowest,highest, such as image=0,255.';
  const [name, value] = splitName(text, example);
  const bounds = value.split(',');
  const [low, high] = bounds.map(Number) as [number, number];
  if (bounds.length !== 2 || bounds.some((bound) => bound.trim() === '') || !Number.isFinite(low + high) || low > high)
    throw new InvalidArgumentError(example);
  return add(previous, name, [low, high]);
}

/** `image=photo.npy` */
export function collectPath(text: string, previous: Named<string> = {}): Named<string> {
  const at = text.indexOf('=');
  if (at < 1 || at === text.length - 1)
    throw new InvalidArgumentError('Expected name=path of a .npy file, such as image=photo.npy.');
  return add(previous, text.slice(0, at), text.slice(at + 1));
}

/** A flag that may be given several times. */
export function collectText(text: string, previous: readonly string[] = []): readonly string[] {
  if (text === '') throw new InvalidArgumentError('Expected a name or a pattern.');
  return [...previous, text];
}

function splitName(text: string, example: string): [name: string, value: string] {
  const at = text.lastIndexOf('=');
  if (at < 1) throw new InvalidArgumentError(example);
  return [text.slice(0, at), text.slice(at + 1)];
}

function add<Value>(previous: Named<Value>, name: string, value: Value): Named<Value> {
  if (Object.hasOwn(previous, name)) throw new InvalidArgumentError(`"${name}" is given twice.`);
  // A name from outside may be "__proto__".
  return Object.assign(Object.create(null) as Named<Value>, previous, { [name]: value });
}
