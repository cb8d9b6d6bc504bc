/** What the linter says of a model. Plain data. */
import type { NodeReference } from '../report.ts';

/**
 * `error`: the model does not compute what a deployed one should. `warning`: it does needless work, or keeps others from removing it.
 * `info`: an exporter's setting would have made it tidier.
 */
export type Severity = 'error' | 'warning' | 'info';

/** The gravest first. */
export const SEVERITIES: readonly Severity[] = ['error', 'warning', 'info'];

/** The closed list of what is looked for. */
export type FindingCode =
  | 'duplicate-branch'
  | 'identity-norm'
  | 'initial-norm'
  | 'linear-activation'
  | 'overridable-weights'
  | 'random-values'
  | 'training-mode'
  | 'unfolded-constants'
  | 'unfolded-norm'
  | 'unmerged-adapter'
  | 'unread-nodes'
  | 'zero-branch';

export interface Finding {
  readonly code: FindingCode;
  readonly severity: Severity;
  /** In graph order. */
  readonly nodes: readonly NodeReference[];
  /** What was found. */
  readonly message: string;
  /** What to do. */
  readonly hint: string;
}
