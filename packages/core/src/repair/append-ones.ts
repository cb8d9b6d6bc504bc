/**
 * Biases on ones in homogeneous coordinates: A x + B 1 = [A B] [x; 1]. A channel of ones behind those of a map, which one Pad of the
 * channels makes at whatever size, is read by one convolution; its zero padding then cuts the bias off just where it cuts the map off.
 */
import { explainAdd } from '../algebra/add.ts';
import { composeUnchecked } from '../algebra/compose.ts';
import { type Affine, type Graph, spatialSizes, type Term, type Value, type WrittenTerm } from '../graph.ts';
import { largestGroups } from '../layout.ts';
import { select } from '../lift/select.ts';
import { hasFixedSize, isOnes } from '../ones.ts';
import type { Operator } from '../operator.ts';
import { productSize } from '../plan/step-list.ts';
import { isRefusal } from '../refusal.ts';
import { sameShape } from '../size.ts';

/** The terms with those on ones of free size taken into others; null where some cannot be. Those of fixed size stay. */
export function appendOnes(graph: Graph, { axis, terms }: Affine): readonly WrittenTerm[] | null {
  const free = terms.filter(({ value }) => isOnes(graph, value) && !hasFixedSize(graph.values[value]!));
  if (free.length === 0) return terms;
  if (graph.dialect || axis !== 1) return null;
  const written: WrittenTerm[] = terms.filter((term) => !free.includes(term));
  for (const ones of free) {
    const size = graph.values[ones.value]!;
    const joined = written.map((term) => joinTerms(term, graph.values[term.value]!, ones, size));
    const added = joined.map((term, place) => (term ? work(term.operator) - work(written[place]!.operator) : Infinity));
    const least = Math.min(...added);
    if (!Number.isFinite(least)) return null;
    const place = added.indexOf(least);
    written[place] = joined[place]!;
  }
  return written;
}

function joinTerms(term: WrittenTerm, source: Value, ones: Term, { shape }: Value): WrittenTerm | null {
  const size = spatialSizes(source.shape, 1);
  if (term.withOnes || source.isOnes || term.operator.kind !== 'conv' || !sameShape(size, spatialSizes(shape, 1)))
    return null;
  const { inChannels } = term.operator;
  const parts = [
    composeUnchecked(term.operator, select(inChannels + 1, 0, inChannels)),
    composeUnchecked(ones.operator, select(inChannels + 1, inChannels, 1)),
  ];
  const operator = explainAdd(parts, size);
  return isRefusal(operator) ? null : { operator, value: term.value, withOnes: true };
}

/** Multiply-adds per position. */
function work(operator: Operator): number {
  return productSize(operator, largestGroups(operator)).macs;
}
