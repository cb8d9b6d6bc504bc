/** Models of any size for tests of the site. */
import { GraphBuilder } from '../../../packages/onnx/test/graph-builder.ts';
import { fileOf } from '../../../packages/onnx/test/graph-file.ts';

/** A chain of RepVGG blocks of so many channels. */
export function blocks(count: number, channels: number): Uint8Array {
  const builder = new GraphBuilder([1, channels, 8, 8]);
  const options = { out: channels, bias: false };
  let x = 'x';
  for (let block = 0; block < count; block++) {
    const branch = (kernel: number[]) => builder.norm(builder.conv(x, kernel, options, channels), channels);
    x = builder.relu(builder.add(branch([3, 3]), branch([1, 1])));
  }
  return fileOf(builder.graph(x));
}
