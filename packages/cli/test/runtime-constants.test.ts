/** Weights that only ONNX Runtime evaluates: the command line finds it. */

import { writeFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { GraphBuilder } from '../../onnx/test/graph-builder.ts';
import { fileOf } from '../../onnx/test/graph-file.ts';
import { useWorkspace } from './command-line.ts';

const space = useWorkspace();

test('convert and inspect merge them', async () => {
  const b = new GraphBuilder();
  const kernel = b.node('CumSum', [b.constant([4, 4, 3, 3]), b.whole(1)]);
  const graph = b.graph(b.norm(b.node('Conv', ['x', kernel], { pads: [1, 1, 1, 1] })));
  writeFileSync(space.path('computed.onnx'), fileOf(graph));
  const json = ['--format', 'json'];
  const inspected = await space.run('inspect', 'computed.onnx', ...json);
  expect(JSON.parse(inspected.out).files).toMatchObject([{ report: { fusions: [{ into: [{ opType: 'Conv' }] }] } }]);
  const converted = await space.run('convert', 'computed.onnx', 'deploy.onnx', '--verify', ...json);
  expect(JSON.parse(converted.out).files).toMatchObject([
    { verification: { equal: true }, report: { after: { operatorCounts: { Conv: 1 } } } },
  ]);
});
