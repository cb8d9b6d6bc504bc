/** Reads values of a graph as piecewise affine maps, behind operators that move data, down to a value that is computed or given. */
import { isFloat } from '../constant.ts';
import { isStandard, type Scope } from '../scope.ts';
import { WHOLE } from '../size-list.ts';
import { pick } from './axes.ts';
import type { LeastSize } from './bounds.ts';
import { dataRules } from './data-rules.ts';
import { type Form, formOf, numberOf, parseVariable, position, sizeForm } from './form.ts';
import { constantPiecewise, listOf, type Piecewise, simplify, whole, wholePiecewise } from './piecewise.ts';
import type { Reader } from './rules.ts';
import { isWhole, wholeRules } from './whole-rules.ts';

const rules = { ...dataRules, ...wholeRules };

/** Chains of operators longer than this are not followed. */
const DEEPEST = 400;

/** Whole numbers beyond this wrap around as int32, or lose digits here. */
const LARGEST = 2 ** 31 - 1;

const readers = new WeakMap<Scope, Reader>();

/** The reader of a graph, whose sizes must all be known by now; remembers what it has read. */
export function piecewiseReader(scope: Scope): Reader {
  const known = readers.get(scope);
  if (known) return known;
  const reader = openReader(scope);
  readers.set(scope, reader);
  return reader;
}

function openReader(scope: Scope): Reader {
  const read = new Map<string, Piecewise | null>();
  const least = leastSizes(scope);
  let depth = 0;
  const reader: Reader = {
    scope,
    least,
    read: (name) => {
      if (!name) return null;
      const found = read.get(name);
      if (found !== undefined) return found;
      read.set(name, null); // until it is known
      if (depth >= DEEPEST) return null;
      depth++;
      readOutputs(name, reader).forEach((output, place, { length }) => {
        read.set(length === 1 ? name : (scope.producers.get(name)?.outputs[place] ?? ''), output);
      });
      depth--;
      return read.get(name) ?? null;
    },
    entries: (name) => entriesOf(reader.read(name), least),
  };
  return reader;
}

/** What an operator makes, one of them the named value. */
function readOutputs(name: string, reader: Reader): readonly (Piecewise | null)[] {
  const { scope, least } = reader;
  const constant = scope.constant(name);
  if (constant && isFloat(constant.dataType)) return [constantPiecewise(constant)];
  if (constant) return [wholePiecewise(constant)];
  const node = scope.producers.get(name);
  const rule = node && isStandard(scope.model, node) ? rules[node.opType] : undefined;
  const made = rule && node ? rule(node, reader) : null;
  if (made) {
    const outputs = 'dims' in made ? [made] : made;
    if (outputs.length === node!.outputs.length) return outputs.map((output) => checked(output, least));
  }
  return [listed(name, scope) ?? source(name, scope)];
}

function checked(made: Piecewise, least: LeastSize): Piecewise | null {
  const simple = simplify(made, least);
  const isSmall = (form: Form) =>
    Math.max(Math.abs(form.constant), ...[...form.terms.values()].map(Math.abs)) < LARGEST;
  return simple && (!isWhole(simple) || simple.pieces.every(({ index }) => isSmall(index[0]!))) ? simple : null;
}

/** A list of whole numbers that the sizes tell, by other operators. */
function listed(name: string, scope: Scope): Piecewise | null {
  const [sizes, rank] = [scope.sizeList(name), scope.shape(name)?.length];
  if (!WHOLE.has(scope.elementType(name)) || !sizes?.every((size) => size !== null) || (rank ?? 2) > 1) return null;
  return sizes.length === 1 || rank === 1 ? listOf(sizes.map(sizeForm), rank) : null;
}

/** A value that is not looked behind. */
function source(name: string, scope: Scope): Piecewise | null {
  const shape = scope.shape(name);
  if (!shape || !isFloat(scope.elementType(name))) return null;
  return whole(
    shape.map(sizeForm),
    name,
    shape.map((_, axis) => position(axis)),
  );
}

/** Each entry of a list, or the one of a scalar, where it is one form. */
function entriesOf(list: Piecewise | null, least: LeastSize): readonly Form[] | null {
  const count = list && numberOf(list.dims[0] ?? formOf(1));
  if (!list || list.dims.length > 1 || count === undefined || count === null || count > 64 || !isWhole(list))
    return null;
  const entries = Array.from({ length: count }, (_, place) => {
    const here = simplify(list.dims.length === 0 ? list : pick(list, 0, formOf(place)), least);
    return here?.pieces.length === 1 ? here.pieces[0]!.index[0]! : null;
  });
  return entries.every((entry) => entry !== null) ? entries : null;
}

/** Free sizes of the model's inputs are at least 1, and what follows from them by a window. Of others is only known that they are not negative. */
function leastSizes(scope: Scope): LeastSize {
  const given = new Set(
    scope.model.graph.inputs.flatMap(({ dims }) => dims ?? []).filter((dim) => typeof dim === 'string'),
  );
  return (name) => {
    const { symbol, stride, constant } = parseVariable(name);
    return Math.max(0, given.has(symbol) ? Math.floor((1 + constant) / stride) : 0);
  };
}
