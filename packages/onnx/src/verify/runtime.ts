/** Finds ONNX Runtime: an optional peer, whichever of its packages is installed. */

import { UnsupportedError } from '@reparam/core';
import { importModule, inNode } from './import-module.ts';
import { createSession, type OrtLike, type Session, type SessionOptions } from './session.ts';

export type RuntimeKind = 'node' | 'web';

/** ONNX Runtime, loaded. */
export interface Runtime {
  /** `onnxruntime-node` or `onnxruntime-web`. */
  readonly name: string;
  readonly version: string;
  /** Whether it reads models from paths itself, with their external data. */
  readonly readsPaths: boolean;
  /** Loads a model, from bytes or from a path. Throws the runtime's error if it cannot. */
  createSession(model: string | Uint8Array, options?: SessionOptions): Promise<Session>;
}

export interface RuntimeOptions {
  /** Only this one. Default: onnxruntime-node if it is installed, else onnxruntime-web; in browsers always the latter. */
  readonly kind?: RuntimeKind | undefined;
  /** The runtime, imported by the caller. Bundled applications need it: `await import('onnxruntime-web/wasm')`. */
  readonly module?: OrtLike | undefined;
  /** Imports a package by name, for callers that know where runtimes are installed. Default: as this package sees them. */
  readonly importModule?: ((specifier: string) => Promise<unknown>) | undefined;
}

const IN_PAGES = "Hand it over: loadRuntime({ module: await import('onnxruntime-web/wasm') })";

interface OrtEnvironment {
  readonly versions?: { readonly node?: string; readonly web?: string; readonly common?: string };
  readonly wasm?: { numThreads?: number };
}

/**
 * Loads ONNX Runtime. Throws an UnsupportedError, `runtime-missing` if none is installed and `runtime-broken` if one is
 * but does not load; its hint is the command that adds one.
 *
 * @example
 * const runtime = await loadRuntime();
 * const session = await runtime.createSession('model.onnx');
 *
 * @example
 * // In a bundled application:
 * const runtime = await loadRuntime({ module: await import('onnxruntime-web/wasm') });
 */
export async function loadRuntime(options: RuntimeOptions = {}): Promise<Runtime> {
  if (options.module) return wrapModule(options.module);
  const kinds: readonly RuntimeKind[] = options.kind ? [options.kind] : inNode ? ['node', 'web'] : ['web'];
  const load = options.importModule ?? importModule;
  let broken: UnsupportedError | undefined;
  for (const kind of kinds) {
    // The bare entry of onnxruntime-web is for Node; in browsers it would bring the GPU builds too.
    const specifier = kind === 'web' && !inNode ? 'onnxruntime-web/wasm' : `onnxruntime-${kind}`;
    try {
      return wrapModule((await load(specifier)) as OrtLike);
    } catch (cause) {
      if (inNode && !isMissing(cause)) broken ??= brokenRuntime(specifier, cause);
    }
  }
  throw broken ?? missingRuntime(options.kind);
}

function isMissing(cause: unknown): boolean {
  const { code } = cause as { code?: unknown };
  return code === 'ERR_MODULE_NOT_FOUND' || code === 'MODULE_NOT_FOUND';
}

function missingRuntime(kind: RuntimeKind = 'web'): UnsupportedError {
  const wanted = kind === 'web' ? 'ONNX Runtime' : `onnxruntime-${kind}`;
  return new UnsupportedError(`${wanted} is not installed, and running models needs it.`, {
    code: 'runtime-missing',
    // A page cannot import by a package's name; its bundler can.
    hint: inNode ? `npm install onnxruntime-${kind}` : IN_PAGES,
  });
}

function brokenRuntime(name: string, cause: unknown): UnsupportedError {
  const other = name === 'onnxruntime-node' ? 'onnxruntime-web' : 'onnxruntime-node';
  const reason = cause instanceof Error ? cause.message : String(cause);
  return new UnsupportedError(`${name} is installed but cannot be loaded: ${reason}`, {
    code: 'runtime-broken',
    hint: `npm install ${other}`,
    cause,
  });
}

function wrapModule(module: OrtLike): Runtime {
  const ort = 'InferenceSession' in module ? module : (module as { default: OrtLike }).default;
  const { versions = {}, wasm } = ort.env as OrtEnvironment;
  const web = versions.node === undefined;
  const name = `onnxruntime-${web ? 'web' : 'node'}`;
  return {
    name,
    version: versions.node ?? versions.web ?? versions.common ?? 'unknown',
    readsPaths: !web,
    createSession: (model, options = {}) => {
      if (web && wasm && options.threads !== undefined) wasm.numThreads = options.threads;
      return createSession(ort, model, { ...options, provider: options.provider ?? (web ? 'wasm' : 'cpu') });
    },
  };
}
