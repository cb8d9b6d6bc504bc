/** Which runtime is found and how it is loaded. */
import * as common from 'onnxruntime-common';
import * as node from 'onnxruntime-node';
import * as web from 'onnxruntime-web';
import { describe, expect, test } from 'vitest';
import { DataType } from '../../src/elements/data-type.ts';
import { loadRuntime, type OrtLike } from '../../src/verify/index.ts';
import { tinyModel, unary } from './tiny-model.ts';

// All packages fit the interface by their own types.
const modules: readonly OrtLike[] = [common, node, web];

const missing = () => Promise.reject(Object.assign(new Error('Cannot find package'), { code: 'ERR_MODULE_NOT_FOUND' }));

describe('loadRuntime', () => {
  test('takes onnxruntime-node first', async () => {
    expect(await loadRuntime()).toMatchObject({ name: 'onnxruntime-node', version: node.env.versions.node });
  });

  test('takes the kind that is asked for', async () => {
    expect((await loadRuntime({ kind: 'node' })).name).toBe('onnxruntime-node');
    expect(await loadRuntime({ kind: 'web' })).toMatchObject({
      name: 'onnxruntime-web',
      version: web.env.versions.web,
    });
  });

  test('takes a module', async () => {
    expect(modules).toHaveLength(3);
    expect((await loadRuntime({ module: node })).name).toBe('onnxruntime-node');
    expect((await loadRuntime({ module: web })).name).toBe('onnxruntime-web');
    expect((await loadRuntime({ module: { default: node } as unknown as OrtLike })).name).toBe('onnxruntime-node');
  });

  test('takes onnxruntime-web where the other is not installed, or is broken', async () => {
    const withoutNode = (specifier: string) =>
      specifier === 'onnxruntime-web' ? import('onnxruntime-web') : missing();
    const brokenNode = (specifier: string) =>
      specifier === 'onnxruntime-web' ? import('onnxruntime-web') : Promise.reject(new Error('GLIBC_2.28 not found'));
    expect((await loadRuntime({ importModule: withoutNode })).name).toBe('onnxruntime-web');
    expect((await loadRuntime({ importModule: brokenNode })).name).toBe('onnxruntime-web');
    await expect(loadRuntime({ kind: 'node', importModule: withoutNode })).rejects.toMatchObject({
      code: 'runtime-missing',
      hint: 'npm install onnxruntime-node',
    });
  });

  test('says what to install where there is none', async () => {
    await expect(loadRuntime({ importModule: missing })).rejects.toMatchObject({
      name: 'UnsupportedError',
      code: 'runtime-missing',
      hint: 'npm install onnxruntime-web',
    });
  });

  test('says why an installed one does not load', async () => {
    const broken = (specifier: string) =>
      specifier === 'onnxruntime-node' ? Promise.reject(new Error('GLIBC_2.28 not found')) : missing();
    await expect(loadRuntime({ importModule: broken })).rejects.toMatchObject({
      code: 'runtime-broken',
      message: expect.stringContaining('GLIBC_2.28 not found'),
      hint: 'npm install onnxruntime-web',
    });
  });
});

describe.each(['node', 'web'] as const)('a session of onnxruntime-%s', (kind) => {
  test('describes inputs and outputs, sizes with and without a name', async () => {
    const runtime = await loadRuntime({ kind });
    const dims = ['batch', 3, null, 'width'] as const;
    const session = await runtime.createSession(unary('Relu', DataType.FLOAT, dims), { threads: 1 });
    expect(session.inputs).toEqual([{ name: 'x', type: 'float32', dims }]);
    expect(session.outputs).toEqual([{ name: 'y', type: 'float32', dims }]);
    await session.release();
  });

  test('runs, in full and for some outputs', async () => {
    const runtime = await loadRuntime({ kind });
    const model = tinyModel({
      inputs: { x: [DataType.FLOAT, 2] },
      outputs: { y: [DataType.FLOAT, 2], z: [DataType.FLOAT, 2] },
      nodes: [
        { op: 'Relu', inputs: ['x'], outputs: ['y'] },
        { op: 'Neg', inputs: ['x'], outputs: ['z'] },
      ],
    });
    const session = await runtime.createSession(model, { optimization: 'disabled' });
    const x = { type: 'float32', dims: [2], data: new Float32Array([1, -2]) } as const;
    const z = { type: 'float32', dims: [2], data: new Float32Array([-1, 2]) };
    expect(await session.run({ x })).toEqual({ y: { ...x, data: new Float32Array([1, 0]) }, z });
    expect(await session.run({ x }, ['z'])).toEqual({ z });
    await expect(session.run({ x: { ...x, dims: [1, 2] } })).rejects.toThrow('rank');
    await session.release();
  });

  test('refuses what is no model', async () => {
    const runtime = await loadRuntime({ kind });
    await expect(runtime.createSession(new Uint8Array([1, 2, 3]))).rejects.toThrow('protobuf');
  });
});
