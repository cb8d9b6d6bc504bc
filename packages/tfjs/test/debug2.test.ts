import { test } from 'vitest';
import { reparameterizeArtifacts, seededRandom } from '../src/index.ts';
import { randomGraph } from './random-graph.ts';
test('debug', async () => {
  const seed = Number(process.env.SEED);
  const { artifacts, dims, open } = randomGraph(seededRandom(seed));
  const w = (a: any) => new Map(a.weightSpecs.map((s: any) => [s.name, `[${s.shape}]`]));
  const dec = (x: any): any => x?.s !== undefined ? atob(x.s) : x?.list?.s ? x.list.s.map(atob) : x?.list?.i ?? x?.i ?? x?.f ?? x?.b;
  const show = (a: any) => a.modelTopology.node.filter((n: any) => n.op !== 'Const').map((n: any) => `${n.op} ${n.name} (${(n.input ?? []).map((i: string) => i + (w(a).get(i) ?? ''))}) ${['padding','strides','dilations','fused_ops','explicit_paddings'].map((k) => n.attr?.[k] ? dec(n.attr[k]) : '').join(' ')}`).join('\n');
  console.log(dims, open, JSON.stringify(artifacts.signature), '\n' + show(artifacts));
  const { artifacts: c, report } = await reparameterizeArtifacts(artifacts, { seed });
  if (process.env.RAW) console.log(JSON.stringify((artifacts as any).modelTopology.node.at(-1)), JSON.stringify((c as any).modelTopology.node.at(-1)));
  console.log(show(c), '\n', JSON.stringify(report.fusions.map((f) => [f.name, f.nodes.map((n) => n.name), f.into.map((n) => n.name), f.before.operators, f.after])));
  const again = await reparameterizeArtifacts(c, { seed });
  console.log(JSON.stringify(again.report.fusions.map((f) => [f.name, f.nodes.map((n) => n.name), f.into.map((n) => n.name)])));
});
