/** ONNX Runtime for constants that nothing else evaluates, loaded where a model has such. */
import { loadRuntime, type Runtime } from '@reparam/onnx/verify';

/** null where it cannot be loaded, as without the network: such constants stay, and a refusal says so. */
export async function loadConstantRuntime(): Promise<Runtime | null> {
  try {
    return await loadRuntime({ module: await import('onnxruntime-web/wasm') });
  } catch {
    return null;
  }
}
