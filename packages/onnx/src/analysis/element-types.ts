/** Element types of outputs, for operators whose outputs have a type that follows from their inputs. */
import { DataType } from '../elements/data-type.ts';
import type { OnnxNode } from '../proto/node.ts';
import { intAttribute } from './attributes.ts';

/** Outputs have the first input's type. Operators that are in neither list have outputs of unknown type. */
const SAME_TYPE: ReadonlySet<string> = new Set(
  (
    'Abs Add AveragePool BatchNormalization Ceil Celu Clip Concat Conv ConvTranspose CumSum DepthToSpace Div Dropout Einsum Elu Erf Exp ' +
    'Expand EyeLike Flatten Floor Gather GatherElements GatherND Gelu Gemm GlobalAveragePool GlobalMaxPool GridSample GroupNormalization HardSigmoid ' +
    'HardSwish Hardmax Identity InstanceNormalization LRN LayerNormalization LeakyRelu Log LogSoftmax LpNormalization LpPool MatMul Max ' +
    'MaxPool MaxRoiPool Mean MeanVarianceNormalization Min Mish Mul Neg PRelu Pad Pow Range RMSNormalization Reciprocal ReduceL1 ReduceL2 ' +
    'ReduceLogSum ReduceLogSumExp ReduceMax ReduceMean ReduceMin ReduceProd ReduceSum ReduceSumSquare Relu Reshape Resize ReverseSequence ' +
    'RoiAlign Round ScatterElements ScatterND Selu Sigmoid Sign Sin Cos Tan Slice Softmax Softplus Softsign SpaceToDepth Split Sqrt ' +
    'Squeeze Sub Sum Swish Tanh ThresholdedRelu Tile Transpose Trilu Unsqueeze Upsample'
  ).split(' '),
);

const OF_TYPE: Readonly<Record<string, number>> = {
  Shape: DataType.INT64,
  Size: DataType.INT64,
  ArgMax: DataType.INT64,
  ArgMin: DataType.INT64,
  Equal: DataType.BOOL,
  Greater: DataType.BOOL,
  Less: DataType.BOOL,
  Not: DataType.BOOL,
};

/** The first output's element type, 0 where unknown. */
export function inferElementType(node: OnnxNode, typeOf: (name: string) => number): number {
  if (SAME_TYPE.has(node.opType)) return typeOf(node.inputs[0]!);
  if (node.opType === 'Cast') return intAttribute(node, 'to', 0);
  if (node.opType === 'Where') return typeOf(node.inputs[1] ?? '');
  if (node.opType === 'DequantizeLinear') return typeOf(node.inputs[1] ?? '');
  return OF_TYPE[node.opType] ?? 0;
}
