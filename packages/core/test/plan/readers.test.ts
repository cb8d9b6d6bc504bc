/** Values that several others read. */
import { describe, expect, test } from 'vitest';
import { planGraph } from '../../src/index.ts';
import { explainPlan } from '../../src/plan/explain.ts';
import { GraphBuilder } from '../graph-builder.ts';
import { fuse } from './expect-plan.ts';

function start(...shape: (number | string)[]) {
  const builder = new GraphBuilder(41);
  return { builder, x: builder.input(...(shape.length > 0 ? shape : [1, 8, 'H', 'W'])) };
}

describe('elimination', () => {
  test('NextViT: a batch norm that three pointwise convolutions read goes into all of them', () => {
    const { builder, x } = start();
    const norm = builder.batchNorm(builder.relu(x));
    for (let i = 0; i < 3; i++) builder.keep(builder.conv(norm, { bias: true }));
    const fused = fuse(builder);
    expect(fused).toMatchObject({ steps: [['conv'], ['conv'], ['conv']], left: 3 });
  });

  test('NextViT: batch norm -> average pool -> batch norm -> linear beside it', () => {
    const { builder, x } = start(1, 8, 6, 6);
    const norm = builder.batchNorm(builder.relu(x));
    builder.keep(builder.conv(norm));
    const pooled = builder.batchNorm(builder.averagePool(norm, 2, { stride: 2 }));
    builder.keep(builder.conv(pooled));
    builder.keep(builder.conv(pooled));
    const fused = fuse(builder);
    expect(fused.plan.dead.has(norm)).toBe(true);
    expect(fused.steps.flat()).not.toContain('affine');
  });

  test('LeViT: batch norm that two linear layers read, on rows', () => {
    const { builder, x } = start('N', 8);
    const norm = builder.batchNorm(x);
    builder.keep(builder.matmul(norm, 4));
    builder.keep(builder.matmul(norm, 6));
    expect(fuse(builder)).toMatchObject({ steps: [['dense'], ['dense']], left: 2 });
  });

  test('a batch norm that something else reads too stays, and its readers stay as they are', () => {
    const { builder, x } = start();
    const norm = builder.batchNorm(x);
    builder.relu(norm);
    builder.keep(builder.conv(norm));
    builder.keep(builder.conv(norm));
    expect(fuse(builder)).toMatchObject({ steps: [], left: 3 });
  });

  test('a batch norm that one reader cannot take in stays for all', () => {
    const { builder, x } = start();
    const norm = builder.batchNorm(x);
    builder.keep(builder.conv(norm));
    builder.keep(builder.conv(norm, { kernel: 3 }));
    expect(fuse(builder)).toMatchObject({ steps: [], left: 3 });
  });

  test('a convolution that two batch norms read stays', () => {
    const { builder, x } = start();
    const conv = builder.conv(x, { kernel: 3 });
    builder.keep(builder.batchNorm(conv));
    builder.keep(builder.batchNorm(conv));
    expect(fuse(builder)).toMatchObject({ steps: [], left: 3 });
  });
});

describe('outputs', () => {
  test('an inner value that is an output stays computed under its own name', () => {
    const { builder, x } = start();
    const inner = builder.keep(builder.batchNorm(builder.conv(x, { kernel: 3 })));
    builder.keep(builder.add(inner, builder.conv(x)));
    const fused = fuse(builder);
    expect(fused.plan.dead.has(inner)).toBe(false);
    expect(fused.plan.forms[inner]![0]!.terms.length).toBe(1);
  });

  test('what nothing reads is dead, and is not planned', () => {
    const { builder, x } = start();
    const unread = builder.batchNorm(builder.conv(x));
    builder.keep(builder.conv(x));
    expect(fuse(builder).plan.dead.has(unread)).toBe(true);
  });

  test('identities cost nothing: as they are, and between others', () => {
    const { builder, x } = start();
    const chain = (value: number) => builder.scale(builder.shift(builder.scale(value, 1), 0), 1);
    builder.keep(chain(x));
    expect(fuse(builder).steps).toEqual([]);
    builder.keep(chain(builder.batchNorm(chain(builder.conv(chain(x))))));
    expect(fuse(builder).products.length).toBe(1);
  });
});

describe('frozen values', () => {
  test('are left alone, and the explanation says so', () => {
    const { builder, x } = start();
    const norm = builder.keep(builder.batchNorm(builder.conv(x, { kernel: 3 })));
    const graph = builder.build();
    const frozen = new Set([norm]);
    const plan = planGraph(graph, { frozen });
    expect(plan.rewrites).toEqual([]);
    expect(explainPlan(graph, plan, { frozen })).toMatchObject([
      { value: norm, refusal: { reason: 'excluded-by-option' } },
    ]);
  });
});

describe('pinned values', () => {
  test('may be inlined, but are not written anew', () => {
    const { builder, x } = start();
    const parts = builder.split(builder.conv(x, { kernel: 3 }), 2);
    builder.keep(parts[0]!);
    builder.keep(builder.batchNorm(parts[1]!));
    const { plan } = fuse(builder);
    expect(plan.rewrites.map((rewrite) => rewrite.value)).not.toContain(parts[0]);
  });
});
