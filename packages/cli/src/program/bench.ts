/** Flags and help of `reparam bench`. */

import type { Command } from 'commander';
import type { BenchFlags } from '../commands/bench.ts';
import { addSeedFlag, addShapeFlag } from '../flags/model-flags.ts';
import { positiveNumber, wholeNumber } from '../flags/numbers.ts';
import { addOutputFlags } from '../flags/output-flags.ts';
import { addBackendFlag, addFeedFlags, addRuntimeFlag } from '../flags/run-flags.ts';
import type { Io } from '../io.ts';
import type { Run } from '../program.ts';

const AFTER = `
The models run in turn, so that a machine that gets slower does so for both; the ratio is the median over pairs of runs.

It needs onnxruntime-node or onnxruntime-web in your project: npm install onnxruntime-web
TensorFlow.js models (a model.json, or its folder) need these: npm install @tensorflow/tfjs-core
@tensorflow/tfjs-layers @tensorflow/tfjs-converter @tensorflow/tfjs-backend-wasm

Examples:
  $ reparam bench model.onnx model.deploy.onnx --threads 1
  $ reparam bench model.onnx model.deploy.onnx --runtime web --seconds 10
  $ reparam bench model.onnx --shape image=8,3,224,224`;

export function defineBench(program: Command, io: Io, run: Run): void {
  const command = program
    .command('bench')
    .summary('measure latency, load time and size')
    .description('Measures one model, or two beside each other: median latency, ratio, load time, size.')
    .argument('<a>', 'ONNX file')
    .argument('[b]', 'ONNX file to compare with it')
    .optionsGroup('Measuring:')
    .option('--threads <count>', "threads (default: the runtime's choice)", wholeNumber(1, 256))
    .option('--seconds <number>', 'time for all measured runs', positiveNumber, 3);
  addOutputFlags(
    addFeedFlags(addBackendFlag(addRuntimeFlag(addSeedFlag(addShapeFlag(command.optionsGroup('Running models:')))))),
  )
    .addHelpText('after', AFTER)
    .action((a: string, b: string | undefined, flags: BenchFlags) =>
      run(async () => (await import('../commands/bench.ts')).bench(a, b, flags, io)),
    );
}
