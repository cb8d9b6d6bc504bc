/** What becomes of a form when it is taken: what the search left open is settled. */
import { isZeroTerm } from '../algebra/simplify.ts';
import { type Affine, definitionOn, type Graph, type Term, type Value, type ValueId } from '../graph.ts';
import { scale } from '../lift/scale.ts';
import { isOnes } from '../ones.ts';
import { dropZero, isPointwise, type Operator } from '../operator.ts';
import { isFullDiagonal } from '../support.ts';
import { compareCosts } from './cost.ts';
import { lowerAffine } from './lower.ts';

/** The form without scales and biases that turn out to be zero, which the search does not read. Zero terms become known. */
export function dropZeros(graph: Graph, value: ValueId, found: Affine, known: Set<Term>): Affine {
  const affine = { ...found, bias: dropZero(found.bias) };
  const zeros = affine.terms.filter(({ operator }) => isPointwise(operator) && isZeroTerm(operator));
  const terms = affine.terms.filter((term) => !zeros.includes(term));
  if (terms.length === affine.terms.length) return affine;
  for (const term of zeros) known.add(term);
  if (!terms.some((term) => !isOnes(graph, term.value))) return affine; // some term must be left
  const price = (form: Affine) => lowerAffine(graph, value, form).cost;
  const fewer = { ...affine, terms }; // which may fill the channels less well
  return compareCosts(price(fewer), price(affine)) <= 0 ? fewer : affine;
}

/** A sum of values, each multiplied by one number, is such a sum on every axis on which all that it has absorbed is affine. */
export function onOtherAxes(
  { values }: Graph,
  value: ValueId,
  affine: Affine,
  absorbed: ReadonlySet<ValueId>,
): Affine[] {
  const isUniform = (term: Term) => !values[term.value]!.isOnes && isUniformScale(term.operator);
  if (affine.bias || affine.rounded || !affine.terms.every(isUniform)) return [];
  const { shape, definitions } = values[value]!;
  const isKnownOn = (axis: number) => [...absorbed].every((id) => isDefinedOn(values[id]!, axis));
  return definitions
    .map(({ axis }) => axis)
    .filter((axis) => axis !== affine.axis && isKnownOn(axis))
    .map((axis) => ({ axis, terms: affine.terms.map((term) => onAxis(term, shape[axis] as number)), bias: null }));
}

/** A movement takes axes elsewhere. */
function isDefinedOn({ moved, definitions }: Value, axis: number): boolean {
  return moved === undefined && definitionOn(definitions, axis) !== undefined;
}

function onAxis({ operator, value }: Term, channels: number): Term {
  return { operator: scale(channels, operator.weight.constant!), value };
}

function isUniformScale(operator: Operator): boolean {
  const { support, outChannels, inChannels, weight } = operator;
  return weight.constant !== undefined && isPointwise(operator) && isFullDiagonal(support, outChannels, inChannels);
}
