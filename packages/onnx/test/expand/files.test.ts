/** Files that are rewritten on disk. */
import { copyFileSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { listOpsetModels, readNpy } from '@reparam/testing';
import { describe, expect, it } from 'vitest';
import { expandFile, insertNormsFile } from '../../src/node.ts';
import { createSession, relativeError, runSession } from '../runtime.ts';

describe('files', () => {
  it('external data is read beside the model and written beside the new one', async () => {
    const line = listOpsetModels().find(({ name }) => name === 'external')!;
    const folder = mkdtempSync(join(tmpdir(), 'reparam-'));
    try {
      copyFileSync(line.path, join(folder, 'external.onnx'));
      copyFileSync(`${line.path}_data`, join(folder, 'external.onnx_data'));
      const [deploy, expanded, normed] = ['deploy.onnx', 'expanded.onnx', 'normed.onnx'].map((name) =>
        join(folder, name),
      );
      const { reparameterizeFile } = await import('../../src/node.ts');
      await reparameterizeFile(join(folder, 'external.onnx'), deploy!);
      const report = await expandFile(deploy!, expanded!, { block: 'repvgg' });
      expect(report.after.bytes).toBeGreaterThan(report.before.bytes);
      await insertNormsFile(deploy!, normed!);
      const [input, expected] = [await readNpy(line.inputPath), await readNpy(line.outputPath)];
      for (const path of [expanded!, normed!]) {
        const session = await createSession(path);
        const { y } = await runSession(session, { x: { dims: input.shape, data: input.data as Float32Array } });
        expect(relativeError(y!, { dims: expected.shape, data: expected.data as Float32Array })).toBeLessThan(1e-5);
        await session.release();
      }
      expect(await expandFile(deploy!, null, { block: 'repvgg' })).toMatchObject({
        after: { operators: expect.any(Number) },
      });
    } finally {
      rmSync(folder, { recursive: true });
    }
  });
});
