/** What to do about a model in which nothing fuses, or nothing that makes it faster. */

import type { Fusion, RefusalReason, Report } from '@reparam/onnx';

const LINEAR = ['Conv', 'ConvTranspose', 'Gemm', 'MatMul'];
const QUANTIZED = /^(QLinear.*|QuantizeLinear|DequantizeLinear|ConvInteger|MatMulInteger)$/;
const RUNTIME_FOLDS =
  'Folding Conv + BatchNormalization alone gains nothing in ONNX Runtime, which does that itself when it loads a model.';

/** Reasons that one export setting or option lifts, the most telling first. */
const SETTINGS: readonly (readonly [reasons: readonly RefusalReason[], advice: string])[] = [
  [
    ['training-mode'],
    'its BatchNormalization is in training mode. Export it in inference mode: call model.eval() before torch.onnx.export.',
  ],
  [['quantized'], 'it is quantized. Convert the float model first, and quantize the result.'],
  [
    ['overridable'],
    'its weights are also graph inputs that a caller may override. If none does, convert with --freeze-weights.',
  ],
  [['excluded-by-option'], 'what could fuse is left alone, as --only or --skip, or --keep, ask. Drop that option.'],
  [
    ['size-depends-on-input', 'size-mismatch', 'broadcast'],
    'its sizes are not known, so branches may differ in size. Give them, as --shape image=1,3,224,224, or export without dynamic axes.',
  ],
];

/** One line, or null where there is nothing to say. */
export function adviceFor(report: Report): string | null {
  if (report.fusions.length === 0) return `nothing to fuse: ${whyNothing(report)} ${RUNTIME_FOLDS}`;
  if (!report.fusions.every(isNormFold)) return null;
  return `only BatchNormalization was folded into the operator before it. ${RUNTIME_FOLDS}`;
}

function whyNothing({ before, refusals }: Report): string {
  const types = Object.keys(before.operatorCounts);
  if (types.some((type) => QUANTIZED.test(type))) return SETTINGS[1]![1];
  if (!types.some((type) => LINEAR.includes(type))) return 'it has no convolution and no product with a weight matrix.';
  const found = new Set(refusals.map(({ reason }) => reason));
  const setting = SETTINGS.find(([reasons]) => reasons.some((reason) => found.has(reason)));
  if (setting) return setting[1];
  return 'no linear operators stand side by side or in a row. If it was trained with branches, export it before its own fuse, reparameterize or switch_to_deploy.';
}

function isNormFold({ nodes, into }: Fusion): boolean {
  const types = nodes.map(({ opType }) => opType);
  const folded = types.filter((type) => type === 'BatchNormalization').length;
  return types.length === 2 && folded === 1 && types.some((type) => LINEAR.includes(type)) && into.length <= 1;
}
