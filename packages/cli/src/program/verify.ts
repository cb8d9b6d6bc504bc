/** Flags and help of `reparam verify`. */

import type { Command } from 'commander';
import type { VerifyFlags } from '../commands/verify.ts';
import { addSeedFlag, addShapeFlag } from '../flags/model-flags.ts';
import { addOutputFlags } from '../flags/output-flags.ts';
import { addBackendFlag, addRunFlags, addRuntimeFlag } from '../flags/run-flags.ts';
import type { Io } from '../io.ts';
import type { Run } from '../program.ts';

const AFTER = `
Runs both models in ONNX Runtime, its optimizations off, on seeded signed inputs: normal, all negative and large ones,
at several sizes where sizes are open. Integers and given ranges are drawn over their whole range. If outputs differ,
the first value inside that does is named, and the exit code is 2. Where b only chooses otherwise among what is equal
but for rounding, as TopK and ArgMax may, it is run with the choices of a.

It needs onnxruntime-node or onnxruntime-web in your project: npm install onnxruntime-web
TensorFlow.js models (a model.json, or its folder) need these: npm install @tensorflow/tfjs-core
@tensorflow/tfjs-layers @tensorflow/tfjs-converter @tensorflow/tfjs-backend-wasm

Examples:
  $ reparam verify model.onnx model.deploy.onnx
  $ reparam verify a.onnx b.onnx --input image=photo.npy --tolerance 1e-3
  $ reparam verify a.onnx b.onnx --shape image=1,3,224,224 --range image=0,255 --samples 10`;

export function defineVerify(program: Command, io: Io, run: Run): void {
  const command = program
    .command('verify')
    .summary('run two models and compare their outputs')
    .description(
      'Says whether two models compute the same: largest difference, signal-to-noise ratio, top-1 agreement.',
    )
    .argument('<a>', 'the model that is right')
    .argument('<b>', 'the model to compare with it');
  addOutputFlags(
    addBackendFlag(addRuntimeFlag(addRunFlags(addSeedFlag(addShapeFlag(command.optionsGroup('Running models:')))))),
  )
    .addHelpText('after', AFTER)
    .action((a: string, b: string, flags: VerifyFlags) =>
      run(async () => (await import('../commands/verify.ts')).verifyFiles(a, b, flags, io)),
    );
}
