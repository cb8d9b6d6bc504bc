/** How the shape of a node's first output follows from those of its inputs; null where it is not known. */
import type { Shape } from '../../convert/model-view.ts';
import type { NodeDef } from '../node-def.ts';
import type { GraphScope } from '../scope.ts';

export type ShapeRule = (node: NodeDef, scope: GraphScope) => Shape | null;
