/** The patch that changes nothing, to start from. */

import type { ModelPatch } from '../../src/proto/write.ts';

export const noChange: ModelPatch = {
  removeNodes: new Set(),
  insertNodes: [],
  removeInitializers: new Set(),
  addInitializers: [],
  removeValueInfos: new Set(),
};
