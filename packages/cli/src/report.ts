/** What a conversion says of itself, whatever the model's format. */
import type { Report as OnnxReport } from '@reparam/onnx';
import type { Report as TfjsReport } from '@reparam/tfjs';

export type Report = OnnxReport | TfjsReport;

/** Whether the new model is another than the input. */
export function isChanged(report: Report): boolean {
  return report.fusions.length > 0 || frozenWeights(report) > 0;
}

/** Weights that were graph inputs too. */
export function frozenWeights(report: Report): number {
  return 'frozenWeights' in report ? (report.frozenWeights ?? 0) : 0;
}
