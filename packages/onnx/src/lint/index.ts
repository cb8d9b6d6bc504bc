/** Findings: what in a model keeps it from fusing, or from running as fast as it could, and what to do. */
export { type Finding, type FindingCode, SEVERITIES, type Severity } from './finding.ts';
export { type LintOptions, lintModel } from './lint-model.ts';
