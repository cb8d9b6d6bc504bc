/** Converts random models. FUZZ_SEED and FUZZ_COUNT choose them, FUZZ_STACK prints where a failure comes from. */
import { expect, test } from 'vitest';
import { tf } from './tensorflow.ts';

const first = Number(process.env.FUZZ_SEED ?? 1);
const count = Number(process.env.FUZZ_COUNT ?? 500);

/** A test of random models of a kind: `convertOnce` compares the one of a seed, and gives the number of fusions. */
export function testSeeds(kind: string, convertOnce: (seed: number) => Promise<number>): void {
  test(`${count} random ${kind} models from seed ${first} on compute the same`, { timeout: 600_000 }, async () => {
    await tf.setBackend('cpu');
    tf.env().set('DEBUG', false);
    let fusions = 0;
    let models = 0;
    const failures: string[] = [];
    for (let seed = first; seed < first + count; seed++) {
      tf.engine().startScope();
      try {
        const made = await convertOnce(seed);
        fusions += made;
        if (made > 0) models++;
      } catch (error) {
        failures.push(`seed ${seed}: ${(error as Error).message?.slice(0, 300)}`);
        if (process.env.FUZZ_STACK) console.log((error as Error).stack);
      }
      tf.engine().endScope();
    }
    console.log(`${count} models: ${models} with ${fusions} fusions, ${failures.length} failures`);
    expect(failures.slice(0, 10)).toEqual([]);
  });
}
