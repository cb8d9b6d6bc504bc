/** 16-bit floats, as core has them. */
export { BFLOAT16, decodeBfloat16, decodeFloat16, encodeSmallFloats, FLOAT16 } from '@reparam/core/convert';
