/** Train-time blocks from plain weights. */
export { type RepBlockOptions, type RepBlockWeights, type RepBranch, repBlock } from './rep-block.ts';
export { type RepairedBlock, repairedRepBlock } from './repaired-rep-block.ts';
