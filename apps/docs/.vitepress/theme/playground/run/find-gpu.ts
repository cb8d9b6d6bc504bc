/** Whether the browser has a GPU to run models on, asked before WebGPU is offered. */

/** What is used of `navigator`; older browsers and insecure pages have no `gpu`. */
export interface GpuHolder {
  readonly gpu?: { requestAdapter(): Promise<GpuAdapter | null> };
}

export interface GpuAdapter {
  readonly info?: { readonly vendor: string; readonly architecture: string; readonly isFallbackAdapter?: boolean };
}

/** A name to show, or the reason why there is none. */
export type Gpu = { readonly name: string; readonly missing?: never } | { readonly missing: string };

/** Longer than any driver takes; a browser that never answers has none. */
const PATIENCE = 10_000;

export async function findGpu({ gpu }: GpuHolder, patience: number = PATIENCE): Promise<Gpu> {
  if (!gpu) return { missing: 'WebGPU is not offered: this browser has not got it.' };
  let timer: ReturnType<typeof setTimeout> | undefined;
  const late = new Promise<null>((resolve) => {
    timer = setTimeout(() => resolve(null), patience);
  });
  const adapter = await Promise.race([gpu.requestAdapter().catch(() => null), late]);
  clearTimeout(timer);
  if (!adapter) return { missing: 'WebGPU is not offered: this browser gives no adapter for it.' };
  const { vendor = '', architecture = '', isFallbackAdapter = false } = adapter.info ?? {};
  const name = [vendor, architecture].filter((part) => part !== '').join(' ') || 'unnamed';
  return { name: isFallbackAdapter ? `${name}, in software` : name };
}
