/** What running two models beside each other takes, whatever runs them: inputs, shapes, comparison and report. */
export { type Comparison, compareTensors, type Difference } from './compare.ts';
export { checkNames, type InputShapes, planShapes, type ShapePlan, usualShapes } from './input-shapes.ts';
export { familiesOf, type InputFamily, type InputOptions, makeFeeds } from './inputs.ts';
export { type BenchResult, type MeasureInTurnOptions, measureInTurn, resultOf, timeOf } from './measure.ts';
export type { Session, ValueMetadata } from './session.ts';
export { differencesOf, mergeInputs } from './signature.ts';
export { type ComparedOutput, summarizeCase, summarizeOutputs } from './tally.ts';
export {
  ARRAYS,
  countOf,
  decodeTensor,
  encodeTensor,
  isFloat,
  type TensorData,
  type TensorElements,
  type TensorType,
} from './tensor-data.ts';
export {
  type CaseOptions,
  type CaseResults,
  type FailedCase,
  type HeldRun,
  type HoldChoices,
  runCases,
} from './verify-cases.ts';
export * from './verify-report.ts';
