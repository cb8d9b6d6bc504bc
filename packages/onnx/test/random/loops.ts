/** Random loops, with bodies that read values around them. */
import type { TestGraph } from '../graph-file.ts';
import { bodyOf, captured, declared, fill, outputOf, scalar } from './bodies.ts';
import type { Known, Make, RandomWriter } from './writer.ts';

interface Looped {
  readonly trips: number;
  readonly inner: RandomWriter;
  /** Values that the loop begins with, and those of the body that a step gets and hands on. */
  readonly begins: readonly Known[];
  readonly carried: readonly Known[];
  readonly next: readonly string[];
  /** Dims that the body declares of what it gets. */
  readonly dims: readonly TestGraph['inputs'][number]['dims'][];
  /** A value of the body that the loop collects. */
  readonly collected?: Known | undefined;
}

/** Adds a Loop; the values it gives out are up to the caller. */
function addLoop(writer: RandomWriter, { trips, inner, begins, carried, next, dims, collected }: Looped): string[] {
  const [step, condition, kept] = [inner.name('step'), inner.name('go'), inner.name('kept')];
  inner.nodes.push({ op: 'Identity', inputs: [condition], outputs: [kept] });
  const inputs = [
    { name: step, dims: [], whole: true },
    { name: condition, dims: [], whole: 'bool' as const },
    ...carried.map(({ name }, place) => ({ name, dims: dims[place]! })),
  ];
  const body = bodyOf(inner, inputs, [kept, ...next, ...(collected ? [collected.name] : [])]);
  const outputs = [...next, ...(collected ? [''] : [])].map(() => writer.name('v'));
  const go = writer.chance(0.3) ? '' : scalar(writer, 1, 'bool');
  const attributes = { body: { body: { ...body, conditions: [kept] } } };
  const read = [scalar(writer, trips, true), go, ...begins.map(({ name }) => name)];
  writer.nodes.push({ op: 'Loop', inputs: read, outputs, attributes });
  return outputs;
}

/** One value or two, which a step may exchange. */
export const loop: Make = (writer, value) => {
  const trips = writer.int(1, 3);
  const inner = writer.inner(false);
  const other = writer.chance(0.4) ? writer.value() : undefined;
  const begins = other ? [value, other] : [value];
  const carried = begins.map(({ dims }) => ({ name: inner.name('carried'), dims }));
  fill(inner, [...(writer.chance(0.7) ? captured(writer, value) : []), ...carried]);
  const next = carried.map((start) => outputOf(inner, start));
  const alike = other?.dims.join() === value.dims.join();
  if (alike && writer.chance(0.5)) next.reverse();
  const collected = writer.chance(0.4) ? inner.values.find(({ name }) => name === next[0]) : undefined;
  const dims = begins.map((start) => declared(writer, start.dims));
  const outputs = addLoop(writer, { trips, inner, begins, carried, next, dims, collected });
  writer.values.push(...begins.map((start, place) => ({ name: outputs[place]!, dims: start.dims })));
  if (collected) writer.values.push({ name: outputs.at(-1)!, dims: [trips, ...collected.dims] });
};

/** Each step makes the value twice as long. */
export const grow: Make = (writer, { name, dims }) => {
  if (dims.length < 3) return;
  const trips = writer.int(1, 3);
  const axis = writer.int(0, dims.length - 1);
  const inner = writer.inner(false);
  const carried = inner.name('carried');
  const constant = () => inner.constant([axis === 1 ? 1 : dims[1]!, ...dims.slice(2).map(() => 1)]);
  const scaled = inner.add(
    'Mul',
    [writer.chance(0.5) ? carried : inner.add('Sigmoid', [carried], null), constant()],
    null,
  );
  const part = inner.add('Add', [scaled, constant()], null);
  const next = [inner.add('Concat', [part, part], null, { axis })];
  const known = declared(writer, dims)?.map((size, at) => (at === axis ? null : size)) ?? null;
  const begins = [{ name, dims }];
  const [last] = addLoop(writer, { trips, inner, begins, carried: [{ name: carried, dims }], next, dims: [known] });
  writer.values.push({ name: last!, dims: dims.map((size, at) => (at === axis ? size * 2 ** trips : size)) });
};

/** Along any axis, in either direction, with or without a value that is handed on. */
export const scan: Make = (writer, value) => {
  const { dims } = value;
  if (writer.opset < 9 || dims.length < 3 || (writer.hasFreeSizes && writer.chance(0.7))) return;
  const inner = writer.inner(false);
  const axis = writer.chance(0.6) ? 0 : writer.int(0, dims.length - 1);
  const slice = { name: inner.name('slice'), dims: dims.toSpliced(axis, 1) };
  const start = writer.chance(0.4) ? writer.value() : undefined;
  const state = start && { name: inner.name('state'), dims: start.dims };
  fill(inner, [...(writer.chance(0.5) ? captured(writer, value) : []), ...(state ? [state] : []), slice]);
  const states = state ? [outputOf(inner, state)] : [];
  const found = outputOf(inner, slice);
  // ONNX Runtime leaves a state unwritten that is collected under the same name.
  const output = states.includes(found) ? inner.add('Identity', [found], slice.dims) : found;
  const made = inner.values.find((known) => known.name === output)!;
  const inputs = [...(state ? [state] : []), slice].map((known) => ({
    name: known.name,
    dims: writer.chance(0.8) ? (writer.hasFreeSizes ? known.dims.map(() => null) : known.dims) : null,
  }));
  const place = writer.chance(0.6) ? 0 : writer.int(0, made.dims.length);
  const counted = (at: number, rank: number) => (writer.opset >= 11 && writer.chance(0.3) ? at - rank : at);
  const attributes = {
    num_scan_inputs: 1,
    ...((axis > 0 || writer.chance(0.2)) && { scan_input_axes: [counted(axis, dims.length)] }),
    ...((place > 0 || writer.chance(0.2)) && { scan_output_axes: [counted(place, made.dims.length + 1)] }),
    ...(writer.chance(0.2) && { scan_input_directions: [1], scan_output_directions: [writer.int(0, 1)] }),
    body: { body: bodyOf(inner, inputs, [...states, output]) },
  };
  const outputs = [...states, output].map(() => writer.name('v'));
  writer.nodes.push({ op: 'Scan', inputs: [...(start ? [start.name] : []), value.name], outputs, attributes });
  if (start) writer.values.push({ name: outputs[0]!, dims: start.dims });
  writer.values.push({ name: outputs.at(-1)!, dims: made.dims.toSpliced(place, 0, dims[axis]!) });
};
