/** Files of this repository, fetched by the page. */

/// <reference types="vite/client" />

const URLS = {
  ...import.meta.glob<string>('../../../../examples/digits/*.{onnx,npy}', {
    query: '?url',
    import: 'default',
    eager: true,
  }),
  ...import.meta.glob<string>('../../../testing/fixtures/opsets/float16-raw-data*', {
    query: '?url',
    import: 'default',
    eager: true,
  }),
};

/** A file as a page gets it from a file input or a drop. */
export async function fetchFile(name: string): Promise<File> {
  const url = Object.entries(URLS).find(([path]) => path.endsWith(`/${name}`))?.[1];
  if (url === undefined) throw new Error(`${name} is not served.`);
  return new File([await (await fetch(url)).blob()], name);
}

/** Its bytes. */
export async function fetchBytes(name: string): Promise<Uint8Array> {
  return new Uint8Array(await (await fetchFile(name)).arrayBuffer());
}
