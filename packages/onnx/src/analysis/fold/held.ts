/**
 * Where a function jumps, as Floor does, the last bit of its input decides, and that is what the runtime's own rounding makes it. Values are
 * computed in float64; beside them goes what a runtime holds, which rounds after every operator, as far as that is certain.
 */
import { isReady, readArray } from '@reparam/core';
import { DataType } from '../../elements/data-type.ts';
import type { OnnxNode } from '../../proto/node.ts';
import { intAttribute } from '../attributes.ts';
import { type Constant, isFloat, mapConstant } from '../constant.ts';
import { type FoldNode, type Folds, folder, type Inputs } from './table.ts';

/** Operators that take elements as they are. */
const PICKING: ReadonlySet<string> = new Set(
  (
    'Abs Clip Concat Constant ConstantOfShape Dropout Expand EyeLike Flatten Gather Identity Max Min Neg Pad ReduceMax ReduceMin Relu ' +
    'Reshape Slice Split Squeeze Tile Transpose Unsqueeze Where'
  ).split(' '),
);

/** Operators that round once, to the nearest number of the type. */
const ROUNDING: ReadonlySet<string> = new Set(['Add', 'Cast', 'Div', 'Mul', 'Sub']);

/** Lists that are computed from sizes are not longer. */
const MOST_EXACT = 64;

/** Functions that give a number of the type where that is the result, as 37 for the root of 1369; whatever they make of others. */
const FAITHFUL: ReadonlySet<string> = new Set(['Pow', 'Sqrt']);

const JUMPING: ReadonlySet<string> = new Set([
  ...['And', 'Ceil', 'Equal', 'Floor', 'Greater', 'GreaterOrEqual', 'Less', 'LessOrEqual', 'Mod', 'Not', 'Or', 'Sign'],
]);

/** Evaluates the operators of a table; those that jump, where it is certain what the runtime gives them. */
export function heldFolder(folds: Folds): FoldNode {
  const fold = folder(folds);
  return (node, inputs, opset) => {
    const held = heldInputs(inputs);
    if (jumps(node)) return held ? fold(node, held, opset).map(asItStands) : [];
    const folded = fold(node, inputs, opset);
    const isPicking = PICKING.has(node.opType);
    if (held && FAITHFUL.has(node.opType)) {
      const again = fold(node, held, opset);
      return folded.map((constant, place) => withHeld(constant, exact(again[place]!)));
    }
    if (!held || !(isPicking || ROUNDING.has(node.opType))) return folded.map((constant) => withHeld(constant, null));
    if (isPicking && held.every((input, place) => input === inputs[place])) return folded.map(asItStands);
    const again = fold(node, held, opset);
    return folded.map((constant, place) => withHeld(constant, isPicking ? again[place]! : rounded(again[place]!)));
  };
}

function jumps(node: OnnxNode): boolean {
  return JUMPING.has(node.opType) || (node.opType === 'Cast' && !isFloat(intAttribute(node, 'to', 0)));
}

/** The inputs as a runtime holds them; undefined where one is not certain. */
function heldInputs(inputs: Inputs): Inputs | undefined {
  const held = inputs.map((input) => (input?.held === undefined ? input : input.held));
  return held.every((input) => input !== null) ? held : undefined;
}

/** Whole numbers are what they are. */
function withHeld(constant: Constant, held: Constant | null): Constant {
  return isFloat(constant.dataType) ? { ...constant, held } : asItStands(constant);
}

function asItStands({ dims, dataType, values }: Constant): Constant {
  return { dims, dataType, values };
}

/** A few numbers that float32 holds as they are. */
function exact({ dims, dataType, values }: Constant): Constant | null {
  if (dataType !== DataType.FLOAT || values.length > MOST_EXACT || !isReady(values)) return null;
  return readArray(values).every((value) => Math.fround(value) === value) ? { dims, dataType, values } : null;
}

/** Of the short types, runtimes may round later than after each operator. */
function rounded(constant: Constant): Constant | null {
  if (constant.dataType === DataType.DOUBLE) return asItStands(constant);
  return constant.dataType === DataType.FLOAT ? asItStands(mapConstant(constant, Math.fround)) : null;
}
