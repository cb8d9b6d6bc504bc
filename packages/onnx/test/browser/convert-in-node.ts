/** Before the tests in the browser: what the same conversions give in Node. */
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import type { TestProject } from 'vitest/node';
import { reparameterize } from '../../src/index.ts';

declare module 'vitest' {
  interface ProvidedContext {
    /** SHA-256 of the deploy model of digits-train.onnx, converted in Node. */
    readonly deployDigest: string;
  }
}

export default async function convertInNode(project: TestProject): Promise<void> {
  const train = readFileSync(new URL('../../../../examples/digits/digits-train.onnx', import.meta.url));
  const { model } = await reparameterize(train);
  project.provide('deployDigest', createHash('sha256').update(model).digest('hex'));
}
