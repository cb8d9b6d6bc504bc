/** The cheapest way to write an affine value as steps. */
import { type Affine, type Graph, spatialSizes, type Term, type ValueId, type WrittenTerm } from '../graph.ts';
import { biasMap, isOnes } from '../ones.ts';
import type { Size } from '../size.ts';
import { AffineWriter } from './affine-writer.ts';
import { addCosts, type Cost, noCost, nominalElements } from './cost.ts';
import type { Lowering, Ref } from './step.ts';
import { StepList } from './step-list.ts';

/** Writes `value`, whose form is `affine`, as steps and prices them. */
export function lowerAffine(graph: Graph, value: ValueId, affine: Affine): Lowering {
  const { shape, kept, definitions } = graph.values[value]!;
  const channels = shape[affine.axis] as number;
  const list = new StepList(graph, nominalElements(shape) / channels);
  const writer = new AffineWriter(list, { axis: affine.axis, rank: shape.length, dialect: graph.dialect });
  const isOwn = definitions.includes(affine); // its node is there, whatever it is
  const terms = (isOwn ? null : graph.appendOnes?.(graph, affine)) ?? affine.terms;
  const maps = terms.filter((term) => isOnes(graph, term.value));
  const plain = maps.length === 0 ? { ...affine, terms } : { ...affine, terms: withoutMaps(graph, terms), bias: null };
  const sum = writer.writeValue(plain, channels);
  const result =
    maps.length === 0
      ? sum
      : writeMap(list, sum, { ...affine, terms: maps }, spatialSizes(shape, affine.axis), channels);
  const isAlias = 'value' in result && !graph.values[result.value]!.moved?.steps; // one that is made for it gets its name
  const cost = kept && isAlias ? addCosts(list.cost, { ...noCost, operators: 1 }) : list.cost; // its name may have to stay
  return { steps: list.steps, result, cost };
}

function withoutMaps(graph: Graph, terms: readonly WrittenTerm[]): readonly WrittenTerm[] {
  return terms.filter((term) => !isOnes(graph, term.value));
}

/** A bias that differs from position to position. One of free size that no source takes is priced, but never written. */
function writeMap(list: StepList, input: Ref, { terms, bias }: Affine, size: readonly Size[], channels: number): Ref {
  const whole = size.map((n) => (typeof n === 'number' ? n : 0));
  const map = biasMap(list.graph, terms, bias, channels, whole);
  const stored = channels * nominalElements(size);
  return list.push({ op: 'map', input, map, size: whole }, { width: channels, macs: channels, stored });
}

/** Price of one term beside others, for deciding whether terms should merge. */
export function priceTerms(graph: Graph, value: ValueId, axis: number, terms: readonly Term[]): Cost {
  return lowerAffine(graph, value, { axis, terms, bias: null }).cost;
}
