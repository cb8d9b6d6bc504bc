/** The bias an operator makes of a bias before it: `own[o] + sum over i, k of W[o, i, k] * bias[i]`. */
import { type Operator, tapCount } from '../operator.ts';
import { listBlocks } from '../support.ts';
import { type LazyArray, type Memo, readArray } from '../weight.ts';

export function sumTaps(operator: Operator, bias: LazyArray, own: LazyArray | null, memo: Memo): Float64Array {
  const weight = readArray(operator.weight, memo);
  const values = readArray(bias, memo);
  const result = new Float64Array(operator.outChannels);
  if (own) result.set(readArray(own, memo));
  const taps = tapCount(operator.axes);
  for (const block of listBlocks(operator.support)) {
    let index = block.offset * taps;
    for (let o = 0; o < block.outSize; o++) {
      let sum = 0;
      for (let i = 0; i < block.inSize; i++) {
        let kernel = 0;
        for (let k = 0; k < taps; k++) kernel += weight[index++]!;
        const value = values[block.inStart + i]!;
        if (value !== 0) sum += kernel * value;
      }
      result[block.outStart + o]! += sum;
    }
  }
  return result;
}
