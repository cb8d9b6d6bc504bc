/** Flags that decide what is fused, and how it is proven. */

import type { KeptPart, ReparameterizeOptions } from '@reparam/onnx';
import type { WeightFormat } from '@reparam/tfjs';
import { type Command, Option } from 'commander';
import type { Io } from '../io.ts';
import { collectShape, collectText, type Named } from './named-values.ts';
import { proofChannels, wholeNumber } from './numbers.ts';

export interface ModelFlags {
  readonly shape?: Named<readonly number[]>;
  readonly only?: readonly string[];
  readonly skip?: readonly string[];
  readonly keep?: KeptPart;
  readonly freezeWeights?: boolean;
  readonly border?: 'exact' | 'repair';
  readonly proof?: number | 'full';
  readonly seed: number;
}

/** `verb`: what is done with the nodes that patterns name. */
export function addModelFlags(command: Command, verb = 'fuse', group = 'Fusing and its proof:'): Command {
  return addSeedFlag(addShapeFlag(command.optionsGroup(group)))
    .option(
      '--only <pattern>',
      `${verb} only nodes whose name, output or type matches; * is any text (repeatable)`,
      collectText,
    )
    .option('--skip <pattern>', 'leave nodes alone whose name, output or type matches (repeatable)', collectText)
    .option(
      '--proof <channels>',
      'output channels that each proof compares, or full (default: 32, or 8 where they are long)',
      proofChannels,
    );
}

/** What becomes of a shift that zero padding reads. */
export function addBorderFlag(command: Command): Command {
  return command.addOption(
    new Option(
      '--border <mode>',
      'a shift before zero padding: exact leaves it, repair adds a constant map, or a channel of ones at free sizes, where that is cheaper (default: exact)',
    ).choices(['exact', 'repair']),
  );
}

/** What stays although it could be fused. */
export function addKeepFlag(command: Command): Command {
  const parts: readonly KeptPart[] = ['norm'];
  return command.addOption(
    new Option('--keep <part>', 'leave the last BatchNormalization behind a merged layer: norm').choices(parts),
  );
}

/** What callers may override no more. */
export function addFreezeFlag(command: Command): Command {
  return command.option(
    '--freeze-weights',
    'make constants of weights that are graph inputs too, which callers can then not override (all those of IR version 3)',
  );
}

/** How new weights of TensorFlow.js models are stored. */
export function addQuantizationFlag(command: Command): Command {
  const formats: readonly WeightFormat[] = ['float32', 'float16', 'uint16', 'uint8'];
  return command.addOption(
    new Option(
      '--quantization <type>',
      'how new weights of a TensorFlow.js model are stored (default: float16 if it is quantized, else float32)',
    ).choices(formats),
  );
}

export function addShapeFlag(command: Command): Command {
  return command.option('--shape <name=sizes>', 'shape of an input: image=1,3,224,224 (repeatable)', collectShape);
}

export function addSeedFlag(command: Command): Command {
  return command.option('--seed <number>', 'seed of random inputs', wholeNumber(0), 0);
}

/** The flags as options of `reparameterize`. */
export function toOptions({
  shape,
  only,
  skip,
  keep,
  freezeWeights,
  border,
  proof,
  seed,
}: ModelFlags): ReparameterizeOptions {
  return {
    seed,
    ...(shape && { shapes: shape }),
    ...(only && { only }),
    ...(skip && { skip }),
    ...(keep && { keep: [keep] }),
    ...(freezeWeights && { freezeWeights }),
    ...(border && { border }),
    ...(proof !== undefined && { proof }),
  };
}

/** The same for an ONNX model. ONNX Runtime is looked for only where a model has constants that need it. */
export function toOnnxOptions(flags: ModelFlags, { cwd, signal }: Io): ReparameterizeOptions {
  return {
    ...toOptions(flags),
    runtime: async () => (await import('../runtime.ts')).findRuntimeIfAny(cwd),
    ...(signal && { signal }),
  };
}
