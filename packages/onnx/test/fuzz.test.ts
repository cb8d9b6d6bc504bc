/**
 * Random graphs, converted, compute what they computed before. REPARAM_FUZZ=20000 runs so many, REPARAM_SEED=7 starts at another seed;
 * a failure names the seed that makes it alone.
 */
import { seededRandom } from '@reparam/core';
import { expect, it } from 'vitest';
import { DataType } from '../src/elements/data-type.ts';
import { loadRuntime } from '../src/verify/index.ts';
import { compareConverted, shrinkGraph } from './differential.ts';
import { withFloatType } from './float-type.ts';
import { type RandomGraph, randomGraph } from './random/graph.ts';

const runtime = await loadRuntime({ kind: 'node' });

const OTHER_TYPES = [DataType.DOUBLE, DataType.FLOAT16, DataType.BFLOAT16];
const COUNT = Number(process.env.REPARAM_FUZZ ?? 2000);
const FIRST = Number(process.env.REPARAM_SEED ?? 1);
const MOST_FAILURES = Number(process.env.REPARAM_FAILURES ?? 1);

it(`${COUNT} random graphs from seed ${FIRST} on compute the same`, { timeout: 3_600_000 }, async () => {
  const failures: string[] = [];
  let [rejected, fused, fusions, inner] = [0, 0, 0, 0];
  for (let seed = FIRST; seed < FIRST + COUNT && failures.length < MOST_FAILURES; seed++) {
    const random = randomModel(seed);
    const options = {
      border: seed % 5 === 0 ? 'repair' : 'exact',
      freezeWeights: seed % 7 === 0,
      ...(seed % 3 === 0 && { runtime }), // evaluates constants that are not evaluated here
    } as const;
    const outcome = await compareConverted(random, options);
    if (outcome.failure !== undefined) {
      const small = await shrinkGraph(random, options);
      const again = await compareConverted(small, options);
      failures.push(`seed ${seed}: ${again.failure ?? outcome.failure}\n${describe(small)}`);
    } else if (outcome.fusions === null) rejected++;
    else {
      fused += Math.min(1, outcome.fusions);
      fusions += outcome.fusions;
      inner += outcome.inner ?? 0;
    }
  }
  console.log(
    `${COUNT} graphs: ${rejected} rejected by the runtime, ${fused} with ${fusions} fusions (${inner} in graphs inside), ${failures.length} failures`,
  );
  expect(failures.join('\n\n')).toBe('');
  expect(rejected).toBeLessThan(COUNT / 2);
  expect(fused).toBeGreaterThan(COUNT / 5);
  expect(inner).toBeGreaterThan(COUNT / 20);
});

/** Computes constants that jump: those of a double model are not those of the float32 one that the runtime runs in its place. */
const JUMPS = /"op":"(Cast|Ceil|Floor|Round)"/;

/** Most graphs in float32, every eighth in another float type. */
function randomModel(seed: number): RandomGraph {
  const random = randomGraph(seededRandom(seed));
  if (seed % 8 > 0 || JUMPS.test(JSON.stringify(random.graph.nodes))) return random;
  return { ...random, graph: withFloatType(random.graph, OTHER_TYPES[(seed / 8) % OTHER_TYPES.length]!) };
}

function describe({ graph, runs }: Awaited<ReturnType<typeof shrinkGraph>>): string {
  const dims = new Map(graph.tensors.map((tensor) => [tensor.name, `${tensor.name}[${tensor.dims}]`]));
  const short = (values: readonly number[]) => (values.length > 8 ? `${values.length} values` : values.join(' '));
  return [
    `opset ${graph.opset}, floats of type ${graph.type ?? 1}, inputs ${JSON.stringify(graph.inputs)}, runs ${JSON.stringify(runs)}`,
    ...graph.nodes.map(
      ({ op, inputs, outputs, attributes }) =>
        `${outputs} = ${op}(${inputs.map((name) => dims.get(name) ?? name)}) ${JSON.stringify(attributes)}`,
    ),
    `outputs ${graph.outputs}`,
    ...graph.tensors.map((tensor) => `${tensor.name}[${tensor.dims}] = ${short(tensor.values)}`),
  ].join('\n');
}
