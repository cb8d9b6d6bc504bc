/** The version of one domain's operators. */

import type { Fields } from './fields.ts';
import { normalizeDomain } from './node.ts';
import { BYTES, VARINT } from './wire.ts';

/** Reads an OperatorSetIdProto. */
export function readOpset(fields: Fields): [domain: string, version: number] {
  const opset: [string, number] = ['', 0];
  while (fields.next()) {
    if (fields.tag === ((1 << 3) | BYTES)) opset[0] = normalizeDomain(fields.text);
    else if (fields.tag === ((2 << 3) | VARINT)) opset[1] = fields.signed;
  }
  return opset;
}
