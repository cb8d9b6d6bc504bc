/** Piecewise affine maps of random chains that move data, at sizes from 1 up, are what ONNX Runtime computes there. */
import { readArray, seededRandom } from '@reparam/core';
import { expect, it } from 'vitest';
import { countOf } from '../src/analysis/constant.ts';
import { type Form, formValue, parseVariable, sizeForm, sizesIn } from '../src/analysis/piecewise/form.ts';
import type { Piecewise } from '../src/analysis/piecewise/piecewise.ts';
import { piecewiseReader } from '../src/analysis/piecewise/read.ts';
import { type PiecewiseWindow, readWindow } from '../src/analysis/piecewise/window.ts';
import { readScope } from '../src/analysis/read-scope.ts';
import * as evaluation from '../src/evaluation.ts';
import { openModel } from '../src/proto/model.ts';
import { bytesSource } from '../src/proto/source.ts';
import { GraphBuilder } from './graph-builder.ts';
import { fileOf } from './graph-file.ts';
import { createSession, runSession, signedValues, type Values } from './runtime.ts';
import { MAP, movements, type Step } from './structures/free-movements.ts';

const GRAPHS = 300;
const SIZES = [
  { n: 1, h: 1, w: 1 },
  { n: 2, h: 2, w: 4 },
  { n: 1, h: 5, w: 3 },
  { n: 3, h: 4, w: 6 },
  { n: 1, h: 11, w: 8 },
];

/** The tensor that a map says, for an input and what the free sizes are. */
function evaluate(map: Piecewise, input: Values, sizes: Readonly<Record<string, number>>): Values {
  const sizeOf = (name: string) => {
    const { symbol, stride, constant } = parseVariable(name);
    return Math.floor((sizes[symbol]! + constant) / stride);
  };
  const at = (form: Form, place: readonly number[]) =>
    formValue(form, (variable) => (typeof variable === 'number' ? place[variable]! : sizeOf(variable)));
  const flat = (place: readonly number[], dims: readonly number[]) =>
    place.reduce((sum, position, axis) => sum * dims[axis]! + position, 0);
  const dims = map.dims.map((dim) => at(dim, []));
  const data = Array.from({ length: countOf(dims) }, (_, element) => {
    const place = dims.map((dim, axis) => Math.floor(element / countOf(dims.slice(axis + 1))) % dim);
    const { of, index } = map.pieces.findLast(({ where }) => where.every((form) => at(form, place) >= 0))!;
    const from = index.map((form) => at(form, place));
    if (of === null) return from[0]!;
    return typeof of === 'string' ? input.data[flat(from, input.dims)]! : readArray(of.values)[flat(from, of.dims)]!;
  });
  return { dims, data };
}

/** The tensor that a window on the input says, with the constants around it. */
function evaluateWindow({ begin, end, channels, outside }: PiecewiseWindow, { dims, data }: Values): Values {
  const outer = dims.map((dim, axis) => (axis === 1 ? channels.length : dim + begin[axis]! + end[axis]!));
  const values = Array.from({ length: countOf(outer) }, (_, element) => {
    const place = outer.map((dim, axis) => Math.floor(element / countOf(outer.slice(axis + 1))) % dim);
    const from = place.map((position, axis) => (axis === 1 ? channels[position]! : position - begin[axis]!));
    const isInside = from.every((position, axis) => position >= 0 && position < dims[axis]!);
    return isInside
      ? data[from.reduce((sum, position, axis) => sum * dims[axis]! + position, 0)]!
      : outside[place[1]!]!;
  });
  return { dims: outer, data: values };
}

/** Down to the input, by sizes that it has. */
function isFollowed({ dims, pieces }: Piecewise): boolean {
  const forms = [...dims, ...pieces.flatMap(({ where, index }) => [...where, ...index])];
  const isGiven = (name: string) => MAP.includes(parseVariable(name).symbol as (typeof MAP)[number]);
  return pieces.every(({ of }) => typeof of !== 'string' || of === 'x') && forms.flatMap(sizesIn).every(isGiven);
}

it(`${GRAPHS} chains`, { timeout: 120_000 }, async () => {
  let [followed, compared, windows] = [0, 0, 0];
  const used = new Set<string>();
  for (let seed = 1; seed <= GRAPHS; seed++) {
    const random = seededRandom(seed);
    const pick = <T>(items: readonly T[]) => items[Math.floor(random() * items.length)]!;
    const b = new GraphBuilder([...MAP]);
    let map = 'x';
    const taken: string[] = [];
    for (let step = 0; step < 1 + Math.floor(random() * 4); step++) {
      const [name, move] = pick(Object.entries<Step>(movements));
      map = move(b, map, pick);
      taken.push(name);
    }
    const bytes = fileOf(b.graph(map));
    const scope = readScope(await openModel(bytesSource(bytes)), evaluation);
    const read = piecewiseReader(scope).read(map);
    if (!read || !isFollowed(read)) continue;
    followed++;
    for (const name of taken) used.add(name);
    const window = readWindow(read, (source) => scope.shape(source)!.map(sizeForm), piecewiseReader(scope).least);
    if (window) windows++;
    const session = await createSession(bytes);
    for (const sizes of SIZES) {
      const input = signedValues([sizes.n, 3, sizes.h, sizes.w], seed);
      const expected = await runSession(session, { x: input }).catch(() => null);
      if (!expected) continue; // a slice or an index that there is not at this size
      compared++;
      const actual = evaluate(read, input, sizes);
      const said = window ? evaluateWindow(window, input) : actual;
      const where = `seed ${seed} at ${JSON.stringify(sizes)}: ${taken}`;
      expect(actual.dims, where).toEqual(expected[map]!.dims);
      expect(said, where).toEqual(actual);
      expect(Array.from(actual.data, Math.fround), where).toEqual(Array.from(expected[map]!.data));
    }
    await session.release();
  }
  expect([...used].sort()).toEqual(Object.keys(movements).sort());
  expect(followed).toBeGreaterThan(GRAPHS / 2);
  expect(windows).toBeGreaterThan(GRAPHS / 10);
  expect(compared).toBeGreaterThan(GRAPHS * 1.5);
});
