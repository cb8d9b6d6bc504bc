/** What the view must show for a tensor of the oracle, as plain data. */
import { byteLengthOf, DataType } from '../../src/elements/data-type.ts';
import type { SparseTensorProto, TensorProto } from './gen/onnx_pb.js';

export function isNumeric(dataType: number): boolean {
  return (
    dataType > 0 && byteLengthOf(dataType, 1) !== undefined && dataType <= DataType.BFLOAT16 && !isComplex(dataType)
  );
}

function isComplex(dataType: number): boolean {
  return dataType === DataType.COMPLEX64 || dataType === DataType.COMPLEX128;
}

export function expectedSparse(sparse: SparseTensorProto): unknown {
  return {
    name: sparse.values!.name,
    dims: sparse.dims.map(Number),
    values: expectedTensor(sparse.values!),
    indices: expectedTensor(sparse.indices!),
  };
}

export function expectedTensor(tensor: TensorProto): unknown {
  const { name, dataType } = tensor;
  const dims = tensor.dims.map(Number);
  const count = dims.reduce((product, dim) => product * dim, 1);
  return { name, dataType, dims, count, values: isNumeric(dataType) ? expectedValues(tensor, count) : 'opaque' };
}

function expectedValues(tensor: TensorProto, count: number): number[] {
  const { rawData, dataType } = tensor;
  if (Object.hasOwn(tensor, 'rawData') && rawData.length > 0) {
    const size = byteLengthOf(dataType, 1)!;
    const view = new DataView(rawData.buffer, rawData.byteOffset, rawData.byteLength);
    return Array.from({ length: count }, (_, index) => readElement(view, index * size, dataType));
  }
  const typed = [...tensor.floatData, ...tensor.doubleData, ...[...tensor.int64Data, ...tensor.uint64Data].map(Number)];
  if (typed.length > 0) return typed;
  if (dataType === DataType.FLOAT16) return tensor.int32Data.map(float16);
  if (dataType === DataType.BFLOAT16) return tensor.int32Data.map(bfloat16);
  return tensor.int32Data;
}

function readElement(view: DataView, at: number, dataType: number): number {
  switch (dataType) {
    case DataType.FLOAT:
      return view.getFloat32(at, true);
    case DataType.DOUBLE:
      return view.getFloat64(at, true);
    case DataType.INT8:
      return view.getInt8(at);
    case DataType.UINT8:
    case DataType.BOOL:
      return view.getUint8(at);
    case DataType.INT16:
      return view.getInt16(at, true);
    case DataType.UINT16:
      return view.getUint16(at, true);
    case DataType.INT32:
      return view.getInt32(at, true);
    case DataType.UINT32:
      return view.getUint32(at, true);
    case DataType.INT64:
      return Number(view.getBigInt64(at, true));
    case DataType.UINT64:
      return Number(view.getBigUint64(at, true));
    case DataType.FLOAT16:
      return float16(view.getUint16(at, true));
    default:
      return bfloat16(view.getUint16(at, true));
  }
}

/** The value of float16 bits, straight from the definition. */
export function float16(bits: number): number {
  const sign = bits >> 15 ? -1 : 1;
  const exponent = (bits >> 10) & 31;
  const fraction = (bits & 1023) / 1024;
  if (exponent === 31) return fraction ? NaN : sign * Infinity;
  return sign * (exponent === 0 ? fraction * 2 ** -14 : (1 + fraction) * 2 ** (exponent - 15));
}

/** The value of bfloat16 bits. */
export function bfloat16(bits: number): number {
  const view = new DataView(new ArrayBuffer(4));
  view.setUint16(0, bits);
  return view.getFloat32(0);
}
