/** What a conversion says of itself, whatever the model's format. */
import type { Report as OnnxReport } from '@reparam/onnx';
import type { Report as TfjsReport } from '@reparam/tfjs';

export type Report = OnnxReport | TfjsReport;
