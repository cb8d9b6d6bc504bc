/** Random branches of one value. */
import { batchNorm, withConstant } from './elementwise.ts';
import { conv, pool } from './windows.ts';
import type { Known, Make } from './writer.ts';

/** A few branches of one value, added. */
export const branches: Make = (writer, value) => {
  const count = writer.int(2, 3);
  const start = writer.values.length;
  for (let i = 0; i < count * 3 && writer.values.length < start + count; i++)
    writer.pick([conv, conv, batchNorm, pool, withConstant])(writer, value);
  const made = writer.values.slice(start);
  const groups = new Map<string, Known[]>();
  for (const branch of [...made, value])
    groups.set(branch.dims.join(), [...(groups.get(branch.dims.join()) ?? []), branch]);
  for (const group of groups.values())
    if (group.length > 1) {
      let sum = group[0]!.name;
      for (const branch of group.slice(1))
        sum = writer.add(
          writer.pick(['Add', 'Add', 'Sub']),
          [sum, branch.name],
          value.dims.length ? group[0]!.dims : null,
        );
    }
};
