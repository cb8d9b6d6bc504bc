/** What to do about a TensorFlow.js model in which nothing fuses. */

import type { RefusalReason, Report } from '@reparam/tfjs';

/** Reasons that one setting or option lifts, the most telling first. */
const SETTINGS: readonly (readonly [reasons: readonly RefusalReason[], advice: string])[] = [
  [['training-mode'], 'normalizations are called with training: true. Call them without.'],
  [['excluded-by-option'], 'what could fuse is left alone, as --only or --skip ask. Drop that option.'],
  [['axis-mismatch'], 'its channels come first, or move between axes. Export it with channels last (NHWC).'],
  [
    ['size-depends-on-input', 'size-mismatch', 'broadcast'],
    'its sizes are not known, so branches may differ in size. Give them, as --shape image=1,224,224,3.',
  ],
];

/** One line, or null where there is nothing to say. */
export function adviceForTfjs({ fusions, refusals }: Report): string | null {
  if (fusions.length > 0) return null;
  const found = new Set(refusals.map(({ reason }) => reason));
  const setting = SETTINGS.find(([reasons]) => reasons.some((reason) => found.has(reason)));
  return `nothing to fuse: ${setting?.[1] ?? 'no linear operators stand side by side or in a row.'}`;
}
