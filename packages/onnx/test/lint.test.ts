/** The linter: each finding, its nodes, and the model beside it that has none. */
import { readFileSync } from 'node:fs';
import { listFixtures, listOpsetModels } from '@reparam/testing';
import { describe, expect, it } from 'vitest';
import { expandModel, insertNorms } from '../src/expand/index.ts';
import { reparameterize } from '../src/index.ts';
import { type FindingCode, lintModel, SEVERITIES } from '../src/lint/index.ts';
import { type Attributes, GraphBuilder } from './graph-builder.ts';
import { fileOf, type TestGraph } from './graph-file.ts';

async function codesOf(graph: TestGraph | Uint8Array): Promise<FindingCode[]> {
  const findings = await lintModel(graph instanceof Uint8Array ? graph : fileOf(graph));
  return findings.map(({ code }) => code);
}

/** The one finding of that kind, with the types of its nodes. */
async function findOne(graph: TestGraph, code: FindingCode) {
  const findings = (await lintModel(fileOf(graph))).filter((finding) => finding.code === code);
  expect(findings.length).toBe(1);
  const [{ nodes, message, hint, severity }] = findings as [(typeof findings)[0]];
  expect(hint.length).toBeGreaterThan(5);
  return { types: nodes.map(({ opType }) => opType).join(' '), message, severity };
}

const norm = (b: GraphBuilder, input: string, values: readonly number[], attributes: Attributes = {}) => {
  const constants = values.map((value) => b.constant([4], value));
  return b.node('BatchNormalization', [input, ...constants], attributes);
};

describe('training mode', () => {
  it('of normalization and dropout is an error', async () => {
    const b = new GraphBuilder();
    const [out] = b.split('BatchNormalization', ['x', ...[1, 0, 0, 1].map((value) => b.constant([4], value))], 3, {
      training_mode: 1,
    });
    const finding = await findOne(b.graph(b.relu(out!)), 'training-mode');
    expect(finding).toMatchObject({ types: 'BatchNormalization', severity: 'error' });
    expect(finding.message).toMatch(/batch/);
  });

  it('of drop path is told, and what it draws is no constant', async () => {
    const b = new GraphBuilder([1, 4]);
    const drawn = b.node('RandomUniformLike', [b.constant([1, 4])]);
    const kept = b.node('Floor', [b.node('Add', [drawn, b.constant([], 0.9)])]);
    const graph = b.graph(b.node('Mul', ['x', kept]));
    expect(await findOne(graph, 'random-values')).toMatchObject({ types: 'RandomUniformLike', severity: 'warning' });
    expect(await codesOf(graph)).toEqual(['random-values']);
  });

  it('is found in an export of a model in training', async () => {
    const { path } = listOpsetModels().find(({ name }) => name === 'training-batch-norm')!;
    expect(await codesOf(new Uint8Array(readFileSync(path)))).toContain('training-mode');
  });
});

describe('normalizations', () => {
  it('as before training', async () => {
    const b = new GraphBuilder();
    const graph = b.graph(b.relu(norm(b, b.relu('x'), [1, 0, 0, 1])));
    expect(await findOne(graph, 'initial-norm')).toMatchObject({ types: 'BatchNormalization', severity: 'warning' });
    expect(await codesOf(graph)).toEqual(['initial-norm']);
  });

  it('that return their input', async () => {
    const b = new GraphBuilder();
    const graph = b.graph(b.relu(norm(b, b.relu('x'), [2, 3, 3, 4])));
    expect(await findOne(graph, 'identity-norm')).toMatchObject({ types: 'BatchNormalization' });
    const other = new GraphBuilder();
    expect(await codesOf(other.graph(other.relu(norm(other, other.relu('x'), [2.01, 3, 3, 4]))))).toEqual([]);
  });

  it('right behind a conv that nothing else reads', async () => {
    const b = new GraphBuilder();
    const conv = b.conv('x', [3, 3]);
    expect(await findOne(b.graph(b.relu(b.norm(conv))), 'unfolded-norm')).toMatchObject({ severity: 'info' });
    const other = new GraphBuilder();
    const read = other.conv('x', [3, 3]);
    expect(await codesOf(other.graph(other.relu(other.norm(read)), other.relu(read)))).toEqual([]);
  });
});

describe('activations', () => {
  it('of slope 1 are none', async () => {
    const b = new GraphBuilder();
    const leaky = b.node('LeakyRelu', ['x'], { alpha: { float: 1 } });
    const slope = b.node('PRelu', [leaky, b.constant([4, 1, 1], 1)]);
    expect(await findOne(b.graph(slope), 'linear-activation')).toMatchObject({ types: 'LeakyRelu PRelu' });
    const other = new GraphBuilder();
    const real = other.node('LeakyRelu', ['x'], { alpha: { float: 0.99 } });
    expect(await codesOf(other.graph(other.node('PRelu', [real, other.constant([4, 1, 1])])))).toEqual([]);
  });
});

describe('zero branches', () => {
  it.each(['conv', 'norm', 'scale', 'product'])('%s', async (kind) => {
    const b = new GraphBuilder(kind === 'product' ? [3, 4] : [1, 4, 7, 6]);
    const build = (value?: number) => {
      if (kind === 'conv') return b.node('Conv', ['x', b.constant([4, 4, 1, 1], value), b.constant([4])]);
      if (kind === 'norm') return norm(b, 'x', [value ?? 2, 1, 3, 1]);
      if (kind === 'scale') return b.node('Mul', ['x', b.constant([4, 1, 1], value)]);
      return b.node('MatMul', ['x', b.constant([4, 4], value)]);
    };
    const [zero, other] = [build(0), build()];
    const finding = await findOne(b.graph(b.relu(b.add('x', zero)), b.relu(other)), 'zero-branch');
    expect(finding.types.split(' ').length).toBe(1);
  });

  it('large weights are read for it', async () => {
    const b = new GraphBuilder([1, 160, 4, 4]);
    const weights = new Array<number>(160 * 160).fill(0);
    const zero = b.node('Conv', ['x', b.constant([160, 160, 1, 1], weights)]);
    const other = b.node('Conv', ['x', b.constant([160, 160, 1, 1], [...weights.slice(1), 1e-20])]);
    expect(await findOne(b.graph(zero, other), 'zero-branch')).toMatchObject({ types: 'Conv' });
  });
});

describe('duplicate branches', () => {
  it('whole branches, not each of their nodes', async () => {
    const b = new GraphBuilder();
    const weights = Array.from({ length: 16 }, (_, index) => index - 7);
    const first = b.node('Conv', ['x', b.constant([4, 4, 1, 1], weights)]);
    const second = b.node('Conv', ['x', b.constant([4, 4, 1, 1], weights)]);
    const parameters = [1, 2, 3, 4].map((value) => b.constant([4], value));
    const normed = [first, second].map((value) => b.node('BatchNormalization', [value, ...parameters]));
    const finding = await findOne(b.graph(b.relu(b.add(...normed))), 'duplicate-branch');
    expect(finding.types.split(' ').sort()).toEqual(['BatchNormalization', 'BatchNormalization', 'Conv']);
    expect(finding.message).toMatch(/^2 operators repeat/);
  });

  it('one with another weight, attribute or input is none', async () => {
    const b = new GraphBuilder();
    const weights = Array.from({ length: 16 }, (_, index) => index - 7);
    const weight = b.constant([4, 4, 1, 1], weights);
    const other = b.constant([4, 4, 1, 1], [...weights.slice(0, 15), 0]);
    const convs = [
      b.node('Conv', ['x', weight]),
      b.node('Conv', ['x', other]),
      b.node('Conv', ['x', weight], { group: 1 }),
      b.node('Conv', [b.relu('x'), weight]),
    ];
    expect(await codesOf(b.graph(b.relu(b.add(...convs))))).toEqual([]);
  });

  it('random operators, moved data and scalars are none', async () => {
    const b = new GraphBuilder();
    const noise = () => b.node('RandomNormalLike', ['x']);
    const moved = () => b.relu(b.node('Transpose', ['x'], { perm: [0, 1, 3, 2] }));
    const halves = () => b.node('Mul', ['x', b.constant([], 0.5)]);
    const outputs = [b.add(noise(), noise()), b.add(moved(), moved()), b.add(halves(), halves())];
    expect(await codesOf(b.graph(...outputs))).toEqual(['random-values']);
  });
});

describe('adapters', () => {
  it('are found beside matrix products and convs, several at once', async () => {
    const b = new GraphBuilder([2, 5, 12]);
    const adapter = () => {
      const down = b.node('MatMul', ['x', b.constant([12, 2])]);
      return b.node('Mul', [b.node('MatMul', [down, b.constant([2, 16])]), b.constant([], 0.5)]);
    };
    const base = b.node('Add', [b.node('MatMul', ['x', b.constant([12, 16])]), b.constant([16])]);
    const findings = await lintModel(fileOf(b.graph(b.relu(b.add(base, adapter(), adapter())))));
    expect(findings.map(({ code }) => code)).toEqual(['unmerged-adapter', 'unmerged-adapter']);
    expect(findings[0]!.message).toMatch(/rank 2 .* 12 -> 16 channels/);
    expect(findings[0]!.nodes.map(({ opType }) => opType)).toEqual(['MatMul', 'MatMul', 'Mul']);
  });

  it('what expand puts there is one, and what convert leaves is none', async () => {
    const b = new GraphBuilder([1, 8, 7, 6]);
    const bytes = fileOf(b.graph(b.relu(b.conv('x', [3, 3], { out: 8 }, 8))));
    const { model } = await expandModel(bytes, { block: 'low-rank', rank: 3 });
    expect(await codesOf(model)).toEqual(['unmerged-adapter']);
    expect(await codesOf((await reparameterize(model)).model)).toEqual([]);
    const zero = await expandModel(bytes, { block: 'low-rank', scale: 0 });
    expect(await codesOf(zero.model)).toEqual(['unmerged-adapter', 'zero-branch']);
  });

  it('a bottleneck without a layer beside it, or as wide as that, is none', async () => {
    const b = new GraphBuilder([1, 8, 7, 6]);
    const conv = (input: string, out: number, channels: number) => b.conv(input, [1, 1], { out, pads: 0 }, channels);
    const residual = b.add(conv(conv('x', 2, 8), 8, 2), 'x');
    const wide = b.add(conv(conv('x', 8, 8), 8, 8), conv('x', 8, 8));
    expect(await codesOf(b.graph(b.relu(residual), b.relu(wide)))).toEqual([]);
  });
});

describe('what an export setting would have avoided', () => {
  it('weights that a caller may override', async () => {
    const b = new GraphBuilder();
    const conv = b.node('Conv', ['x', b.override(b.constant([4, 4, 1, 1]))]);
    const finding = await findOne(b.graph(conv), 'overridable-weights');
    expect(finding).toMatchObject({ types: 'Conv', severity: 'warning' });
    const { path } = listOpsetModels().find(({ name }) => name === 'initializer-is-input')!;
    expect(await codesOf(new Uint8Array(readFileSync(path)))).toContain('overridable-weights');
  });

  it('constants that are computed in each run', async () => {
    const b = new GraphBuilder();
    const weight = b.node('Transpose', [b.node('Exp', [b.constant([4, 4, 1, 1])])], { perm: [1, 0, 2, 3] });
    const shared = b.node('Identity', [b.constant([4])]);
    const finding = await findOne(b.graph(b.node('Conv', ['x', weight, shared])), 'unfolded-constants');
    expect(finding).toMatchObject({ types: 'Exp Transpose', severity: 'info' });
  });

  it('nodes that no output needs', async () => {
    const b = new GraphBuilder();
    b.relu(b.conv('x', [3, 3]));
    expect(await findOne(b.graph(b.relu('x')), 'unread-nodes')).toMatchObject({ types: 'Conv Relu' });
  });
});

it('puts the gravest first', async () => {
  for (const { path } of listOpsetModels()) {
    if (path.endsWith('external.onnx')) continue;
    const findings = await lintModel(new Uint8Array(readFileSync(path)));
    const gravities = findings.map(({ severity }) => SEVERITIES.indexOf(severity));
    expect(gravities).toEqual([...gravities].sort());
  }
});

it('what insertNorms puts there is known for what it is', async () => {
  const b = new GraphBuilder();
  const { model } = await insertNorms(fileOf(b.graph(b.relu(b.conv('x', [3, 3], { bias: false })))));
  expect(await codesOf(model)).toEqual(['identity-norm', 'unfolded-norm']);
});

it.each(['lora', 'lora-conv'])('%s: the adapters of a real export are found', async (name) => {
  for (const { path } of listFixtures().find((fixture) => fixture.name === name)!.train)
    if (path) expect(await codesOf(new Uint8Array(readFileSync(path)))).toContain('unmerged-adapter');
});

it('deployed networks of the field are clean', async () => {
  for (const { name, deploy } of listFixtures()) {
    const findings = await lintModel(new Uint8Array(readFileSync(deploy.path!)));
    const grave = findings.filter(({ severity }) => severity !== 'info');
    expect(grave, `${name} ${JSON.stringify(grave)}`).toEqual([]);
  }
});
