/** The order of the pages. */
import type { DefaultTheme } from 'vitepress';
import modules from '../generate/api-modules.json' with { type: 'json' };

type Item = DefaultTheme.SidebarItem;

const page = (text: string, link: string): Item => ({ text, link });
const group = (text: string, items: Item[]): Item => ({ text, items });

export const navigation: DefaultTheme.NavItem[] = [
  { text: 'First steps', link: '/start/', activeMatch: '^/start/' },
  { text: 'Guide', link: '/guide/', activeMatch: '^/guide/' },
  { text: 'Structures', link: '/structures/', activeMatch: '^/structures/' },
  { text: 'Recipes', link: '/recipes/pytorch', activeMatch: '^/recipes/' },
  { text: 'Playground', link: '/playground' },
  {
    text: 'Reference',
    activeMatch: '^/(cli|api|reference)/',
    items: [
      { text: 'Command line', link: '/cli/' },
      { text: 'API', link: '/api/' },
      { text: 'JSON schemas', link: '/reference/schemas' },
      { text: 'Refusals', link: '/exactness/refusals' },
    ],
  },
];

const start = group('Start', [
  page('What and why', '/start/'),
  page('Sixty seconds', '/start/sixty-seconds'),
  page('Playground', '/playground'),
  page('Numbers', '/start/numbers'),
]);

const laws = group('Laws', [
  page('The operator', '/guide/laws/one-operator'),
  page('Convolution, then batch norm', '/guide/laws/conv-then-norm'),
  page('Batch norm, then convolution', '/guide/laws/norm-then-conv'),
  page('Parallel branches', '/guide/laws/parallel-branches'),
  page('Skip connection', '/guide/laws/skip-connection'),
  page('Average pooling', '/guide/laws/average-pooling'),
  page('Scales', '/guide/laws/scales'),
  page('Convolutions in a row', '/guide/laws/convolutions-in-a-row'),
  page('The border', '/guide/laws/border'),
  page('Groups', '/guide/laws/groups'),
  page('Split and Concat', '/guide/laws/split-and-concat'),
  page('Linear layers and adapters', '/guide/laws/low-rank'),
  page('Movements', '/guide/laws/movements'),
  page('Transposed convolution', '/guide/laws/transposed-convolution'),
  page('Strides and sizes', '/guide/laws/strides-and-sizes'),
  page('Computed weights', '/guide/laws/computed-weights'),
]);

const guide = group('Guide', [
  page('The idea', '/guide/'),
  laws,
  page('What can not be merged', '/guide/limits'),
  page('When merging pays', '/guide/choosing'),
  page('The way back', '/guide/way-back'),
]);

const structures = group('Structures', [
  page('Overview', '/structures/'),
  page('RepVGG', '/structures/repvgg'),
  page('QARepVGG', '/structures/qarepvgg'),
  page('ACNet', '/structures/acnet'),
  page('Diverse Branch Block', '/structures/dbb'),
  page('MobileOne', '/structures/mobileone'),
  page('FastViT', '/structures/fastvit'),
  page('RepViT', '/structures/repvit'),
  page('RepGhost and GhostNetV3', '/structures/ghost'),
  page('RepLKNet', '/structures/replknet'),
  page('UniRepLKNet', '/structures/unireplknet'),
  page('VanillaNet', '/structures/vanillanet'),
  page('SESR, ECBSR', '/structures/sesr'),
  page('LoRA', '/structures/lora'),
  page('RepMLP', '/structures/repmlp'),
  page('Scaled branches: CSLA', '/structures/scaled-branches'),
  page('Detectors', '/structures/detectors'),
  page('Hybrids with attention', '/structures/hybrids'),
]);

const exactness = group('Exactness', [
  page('What is guaranteed', '/exactness/'),
  page('Proof', '/exactness/proof'),
  page('Numerics', '/exactness/numerics'),
  page('Refusals', '/exactness/refusals'),
]);

const recipes = group('Recipes', [
  page('Export from PyTorch and timm', '/recipes/pytorch'),
  page('Export from Ultralytics', '/recipes/ultralytics'),
  page('Export from Paddle', '/recipes/paddle'),
  page('Export from Keras', '/recipes/keras'),
  page('TensorFlow.js models', '/recipes/tensorflow-js'),
  page('Serve with onnxruntime-web', '/recipes/onnxruntime-web'),
  page('Quantize after', '/recipes/quantize'),
  page('In CI', '/recipes/ci'),
  page('Many models', '/recipes/batch'),
]);

const reference = group('Reference', [
  group('Command line', [
    page('Overview', '/cli/'),
    ...['convert', 'inspect', 'verify', 'bench', 'expand', 'insert-norm'].map((name) => page(name, `/cli/${name}`)),
  ]),
  group('API', [page('Overview', '/api/'), ...Object.values(modules).map((name) => page(name, `/api/${name}`))]),
  page('JSON schemas', '/reference/schemas'),
]);

const more = group('More', [
  page('From reparameterize()', '/more/migration'),
  page('Writing an adapter', '/more/adapter'),
  page('Privacy', '/more/privacy'),
  page('Questions', '/more/questions'),
]);

const front = [start, exactness, recipes, more];

export const sidebar: DefaultTheme.Sidebar = {
  '/guide/': [guide],
  '/structures/': [structures],
  '/cli/': [reference],
  '/api/': [reference],
  '/reference/': [reference],
  '/': front,
};
