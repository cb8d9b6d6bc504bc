/** What became of one input of `convert` or `inspect`: plain data, as `--format json` prints it. */

import type { Finding } from '@reparam/onnx/lint';
import type { QuantizationReport } from '@reparam/onnx/quantization';
import type { VerifyReport } from '@reparam/onnx/verify';
import type { Failure } from './failure.ts';
import type { Report } from './report.ts';
import { readVersion } from './version.ts';

export interface Conversion {
  /** As given; `-` is stdin. */
  readonly input: string;
  /** Where the deploy model was or would be written; `-` is stdout, null where only a report was asked for. */
  readonly output: string | null;
  readonly written: boolean;
  readonly seconds: number;
  /** null where the file could not be converted. */
  readonly report: Report | null;
  /** What the linter says of the model; null where it was not asked. */
  readonly findings: readonly Finding[] | null;
  /** What int8 leaves of the weights; null where it was not asked. */
  readonly quantization: QuantizationReport | null;
  /** Whole-model comparison in the runtime, with `--verify`. */
  readonly verification: VerifyReport | null;
  /** What to do where nothing, or nothing that pays, was fused. */
  readonly advice: string | null;
  readonly failure: Failure | null;
}

/** What `--format json` prints, as `schema/report.schema.json` describes it. */
export function documentOf(command: 'convert' | 'inspect', files: readonly Conversion[]): object {
  return { reparam: readVersion(), command, files };
}
