/** What stock layers can hold. */
import type { Dialect } from '@reparam/core';
import { groupsOf, paddingOf } from './products.ts';

export const layersDialect: Dialect = {
  groups: (operator, groups) => (operator.kind === 'conv' && groups > 1 ? groupsOf(operator, operator.axes.length) : 1),
  holdsPadding: ({ axes }, sizes) => paddingOf(axes, sizes) !== null,
  holdsBias: (kind, rank) => kind !== 'scale' || rank <= 4,
  slicesChannels: (rank) => rank === 4, // by Cropping2D
  partMacs: (channels) => 80 * (channels + 8), // as measured: see bench/README.md
};
