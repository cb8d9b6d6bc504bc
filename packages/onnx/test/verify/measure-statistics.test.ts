/** Statistics of layers as the runtime computes them. */
import { describe, expect, it } from 'vitest';
import { insertNorms } from '../../src/expand/index.ts';
import { openModel } from '../../src/proto/model.ts';
import { bytesSource } from '../../src/proto/source.ts';
import { measureStatistics } from '../../src/verify/index.ts';
import { GraphBuilder } from '../graph-builder.ts';
import { fileOf } from '../graph-file.ts';
import { createSession, runSession, signedValues } from '../runtime.ts';

const build = () => {
  const b = new GraphBuilder(['n', 4, 'h', 'w']);
  const [first] = [b.conv('x', [3, 3])];
  const second = b.conv(b.relu(first), [1, 1]);
  return { bytes: fileOf(b.graph(first, second)), names: [first, second] };
};

const inputs = { x: { type: 'float32', ...signedValues([3, 4, 9, 7], 5) } } as const;

describe('measureStatistics', () => {
  it('gives mean and variance of each channel, over batch and positions', async () => {
    const { bytes, names } = build();
    const measured = await measureStatistics(bytes, { inputs });
    expect([...measured.keys()]).toEqual(names);
    const session = await createSession(bytes);
    const outputs = await runSession(session, { x: inputs.x });
    await session.release();
    for (const name of names) {
      const { dims, data } = outputs[name]!;
      const positions = dims[2]! * dims[3]!;
      for (let c = 0; c < 4; c++) {
        const values = Array.from(data).filter((_, index) => Math.floor(index / positions) % 4 === c);
        const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
        const variance = values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / values.length;
        expect(measured.get(name)!.mean[c]).toBeCloseTo(mean, 10);
        expect(measured.get(name)!.variance[c]).toBeCloseTo(variance, 10);
      }
    }
  });

  it('draws seeded inputs where none are given, and measures only what is named', async () => {
    const { bytes, names } = build();
    const options = { shapes: { x: [2, 4, 16, 16] }, only: [names[1]!] };
    const first = await measureStatistics(bytes, options);
    expect([...first.keys()]).toEqual([names[1]]);
    expect(await measureStatistics(bytes, options)).toEqual(first);
    expect(await measureStatistics(bytes, { ...options, seed: 1 })).not.toEqual(first);
  });

  it('makes a normalization that keeps the function when training takes its statistics from the batch', async () => {
    const { bytes, names } = build();
    const { model } = await insertNorms(bytes, { statistics: await measureStatistics(bytes, { inputs }) });
    const { graph } = await openModel(bytesSource(model));
    const { nodes } = graph;
    const norm = nodes.find(({ outputs }) => outputs[0] === names[0])!;
    const role = (place: number) => graph.initializers.get(norm.inputs[place]!)!.values();
    const session = await createSession(model);
    const output = (await runSession(session, { x: inputs.x }))[names[0]!]!;
    await session.release();
    for (let c = 0; c < 4; c++) {
      const values = Array.from(output.data).filter((_, index) => Math.floor(index / 63) % 4 === c);
      const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
      const variance = values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / values.length;
      // Normalized by its batch, a channel has the mean `shift` and the deviation `scale`: those it has.
      expect(role(2)[c]).toBeCloseTo(mean, 5);
      expect(role(1)[c]).toBeCloseTo(Math.sqrt(variance), 4);
    }
  });
});
