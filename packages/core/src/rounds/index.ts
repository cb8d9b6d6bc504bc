/** Conversions that take several rounds. */
export { joinFusions } from './join-fusions.ts';
