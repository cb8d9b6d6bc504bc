/** `verify`: two models on the same inputs in ONNX Runtime. */
import { resolve } from 'node:path';
import { type VerifyOptions, type VerifyReport, verify } from '@reparam/onnx';
import type { ModelFlags } from '../flags/model-flags.ts';
import type { OutputFlags } from '../flags/output-flags.ts';
import { type RunFlags, type RuntimeFlags, toVerifyOptions } from '../flags/run-flags.ts';
import type { Io } from '../io.ts';
import { findRuntime } from '../runtime.ts';
import { openTerminal, type Terminal, toJson } from '../terminal.ts';
import { printable } from '../view/printable.ts';
import { formatError, plural } from '../view/quantity.ts';

export type VerifyFlags = RunFlags & RuntimeFlags & OutputFlags & Pick<ModelFlags, 'seed' | 'shape'>;

export async function verifyFiles(a: string, b: string, flags: VerifyFlags, io: Io): Promise<number> {
  const terminal = openTerminal(io, flags);
  const report = await verify(resolve(io.cwd, a), resolve(io.cwd, b), await runOptions(flags, io));
  if (flags.format === 'table') printVerification(report, terminal);
  else terminal.print(toJson(report));
  return report.equal ? 0 : 2;
}

/** The flags as options of `verify`, with the runtime found. */
export async function runOptions(
  flags: RunFlags & RuntimeFlags & Pick<ModelFlags, 'seed' | 'shape'>,
  io: Io,
): Promise<VerifyOptions> {
  return { ...(await toVerifyOptions(flags, io)), runtime: await findRuntime(io.cwd, flags.runtime) };
}

export function printVerification(report: VerifyReport, terminal: Terminal): void {
  for (const { name, equal, maxRelative, top1 } of report.outputs) {
    const agreement = top1 === null ? '' : `, top-1 agreement ${(100 * top1).toFixed(1)} %`;
    terminal.note(
      `${printable(name)}: ${equal ? 'equal' : 'differs'}, largest difference ${formatError(maxRelative)}${agreement}`,
    );
  }
  const { name, version } = report.runtime;
  const where = `${name} ${version}, ${plural(report.cases.length, 'case')}`;
  terminal.print(
    report.equal ? `equal (${where})` : `different (${where}): ${printable(report.failure?.message ?? '')}`,
  );
  const first = report.failure?.firstDivergent;
  if (first) terminal.print(`the first value that differs is ${printable(first.name)}`);
}
