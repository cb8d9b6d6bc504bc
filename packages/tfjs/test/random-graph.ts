/** Random Graph models: linear nodes and barriers, fused nodes, all paddings, channels that are split and joined. */
import type { io } from '@tensorflow/tfjs-core';
import { concat, pad, slice, split } from './random-graph/channels.ts';
import { clip, constantPair, merge, normalization, plain } from './random-graph/elementwise.ts';
import { awaited, movement } from './random-graph/movements.ts';
import { convolution, matrix, pooling } from './random-graph/products.ts';
import { GraphSketch, type Maker } from './random-graph/sketch.ts';

const MAKERS: readonly Maker[] = [
  ...[convolution, convolution, convolution, convolution, normalization, normalization, constantPair, constantPair],
  ...[merge, merge, merge, concat, split, slice, pad, plain, plain, clip, matrix, matrix, pooling, awaited],
  ...[movement, movement, movement],
];

export interface RandomGraph {
  readonly artifacts: io.ModelArtifacts;
  readonly input: string;
  readonly outputs: readonly string[];
  readonly dims: readonly number[];
  /** Axes whose size the model leaves open. */
  readonly open: readonly boolean[];
}

export function randomGraph(random: () => number): RandomGraph {
  const sketch = new GraphSketch(random);
  const rank = sketch.pick([4, 4, 4, 4, 2, 3]);
  const dims = Array.from({ length: rank }, (_, axis) => (axis === 0 ? 2 : sketch.int(1, axis === rank - 1 ? 4 : 8)));
  const free = sketch.chance(0.3);
  const open = dims.map((_, axis) => axis === 0 || (free && axis < rank - 1));
  const input = sketch.graph.input(dims.map((size, axis) => (open[axis] ? -1 : size)));
  sketch.values.push({ name: input, dims });
  const wanted = sketch.int(2, sketch.chance(0.1) ? 22 : 10);
  for (let made = 0, tries = 0; made < wanted && tries < 200; tries++) if (sketch.pick(MAKERS)(sketch)) made++;
  const read = new Set(
    sketch.graph.nodes
      .flatMap((node) => (node as { input?: string[] }).input ?? [])
      .map((name) => name.replace(/^\^/, '')),
  );
  const made = sketch.values.filter(({ name }) => name !== input && !name.includes(':'));
  const outputs = made.filter(({ name }) => !read.has(name) || sketch.chance(0.1)).map(({ name }) => name);
  const signed = sketch.chance(0.5) && outputs.length > 0;
  return { artifacts: sketch.graph.build([input], signed ? outputs : []), input, outputs, dims, open };
}
