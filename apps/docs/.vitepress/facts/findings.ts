/** `findings`: what `inspect` reports as a linter. The type makes the list complete. */
import type { FindingCode } from '@reparam/onnx/lint';
import { readGenerated } from './generated.ts';

interface Explanation {
  readonly meaning: string;
  readonly remedy: string;
}

const FINDINGS: Readonly<Record<FindingCode, Explanation>> = {
  'duplicate-branch': {
    meaning: 'Nodes compute the same from the same values.',
    remedy: 'Keep one; `convert` merges linear ones.',
  },
  'identity-norm': {
    meaning: 'A batch norm whose scale and shift undo its mean and variance.',
    remedy: '`convert` removes it where it stands beside or behind linear operators.',
  },
  'initial-norm': {
    meaning: 'A batch norm has mean 0, variance 1, scale 1, shift 0, as before any training.',
    remedy: 'Check that the trained checkpoint was loaded before the export.',
  },
  'linear-activation': {
    meaning: 'An activation that is the identity, such as a LeakyRelu of slope 1.',
    remedy: '`convert` merges the layers on both sides, where that is cheaper.',
  },
  'overridable-weights': {
    meaning: 'Weights are graph inputs that a caller may override, so nothing may merge them.',
    remedy: 'Export with keep_initializers_as_inputs=False.',
  },
  'random-values': {
    meaning: 'Random numbers are drawn, as by drop path in training: outputs differ from run to run.',
    remedy: 'Call model.eval() before the export; noise that belongs to the model is better an input.',
  },
  'training-mode': {
    meaning: "A batch norm or dropout is in training mode: outputs depend on the batch's other samples, or are random.",
    remedy: 'Call model.eval() before the export.',
  },
  'unfolded-constants': {
    meaning: 'The graph computes constants from constants on each run.',
    remedy: 'Export with constant folding; `convert` folds what merges.',
  },
  'unfolded-norm': {
    meaning: 'A batch norm right behind a convolution, which an export in inference mode would have folded.',
    remedy: '`convert` folds it as well.',
  },
  'unmerged-adapter': {
    meaning: 'A low-rank branch (LoRA) beside a layer.',
    remedy: '`convert` merges it; or merge_and_unload() of PEFT before the export.',
  },
  'unread-nodes': {
    meaning: 'Nodes that feed no output of the model.',
    remedy: 'Leave the branch out before exporting: it is stored and loaded for nothing.',
  },
  'zero-branch': {
    meaning: 'A branch whose weights, or whose scale, are all zero.',
    remedy: '`convert` removes it.',
  },
};

export function showFindings(): string {
  const sources = readGenerated<Readonly<Record<string, readonly { readonly severity: string }[]>>>('findings.json');
  const rows = Object.entries(FINDINGS).map(
    ([code, { meaning, remedy }]) => `| \`${code}\` | ${sources[code]?.[0]?.severity} | ${meaning} | ${remedy} |`,
  );
  return ['| finding | severity | what it is | what to do |', '| --- | --- | --- | --- |', ...rows].join('\n');
}
