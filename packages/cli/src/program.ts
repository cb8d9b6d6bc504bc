/** The command line: its commands, and how usage errors are printed. What a command does is loaded when it runs. */

import { Command } from 'commander';
import type { Io } from './io.ts';
import { defineBench } from './program/bench.ts';
import { defineConvert } from './program/convert.ts';
import { defineExpand } from './program/expand.ts';
import { defineInsertNorm } from './program/insert-norm.ts';
import { defineInspect } from './program/inspect.ts';
import { defineVerify } from './program/verify.ts';
import { readVersion } from './version.ts';

/** Runs a command's action and keeps its exit code. */
export type Run = (action: () => Promise<number>) => Promise<void>;

const AFTER = `
Examples:
  $ reparam convert model.onnx              writes model.deploy.onnx
  $ reparam inspect model.onnx              shows what would fuse, and what would not and why
  $ reparam verify model.onnx model.deploy.onnx
  $ reparam bench model.onnx model.deploy.onnx
  $ reparam expand model.onnx --block repvgg    the way back, for fine-tuning

Exit codes: 0 done; 1 wrong usage or a bad file; 2 outputs differ, or --check found something to fuse.
Help on one command: reparam <command> --help`;

export function createProgram(io: Io, setExitCode: (code: number) => void): Command {
  const program = new Command('reparam')
    .description('Turns a trained multi-branch ONNX model into the plain one it is equal to, and proves it.')
    .version(readVersion(), '-V, --version', 'print the version')
    .helpOption('-h, --help', 'print this help')
    .helpCommand(false)
    .addHelpText('after', AFTER);
  const run: Run = async (action) => setExitCode(await action());
  const commands = [defineConvert, defineInspect, defineVerify, defineBench, defineExpand, defineInsertNorm];
  for (const define of commands) define(program, io, run);
  for (const command of [program, ...program.commands]) settle(command, io);
  return program;
}

/** Errors are thrown, not exits; all output goes to the given streams. */
function settle(command: Command, io: Io): void {
  const path = command.parent ? `reparam ${command.name()}` : 'reparam';
  command
    .exitOverride()
    .allowExcessArguments(false)
    .configureHelp({ showGlobalOptions: false })
    .configureOutput({
      writeOut: (text) => io.stdout.write(text),
      writeErr: (text) => io.stderr.write(text),
      getOutHelpWidth: () => Math.min(io.stdout.columns ?? 100, 120),
      getErrHelpWidth: () => Math.min(io.stderr.columns ?? 100, 120),
      outputError: (text, write) => write(`${text.trimEnd().replaceAll('\n', ' ')}\nhint: ${path} --help\n`),
    });
}
