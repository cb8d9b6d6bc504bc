/** `verify`: two models on the same inputs in ONNX Runtime. */
import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { parseNpy, ReparamError, type VerifyOptions, type VerifyReport, verify } from '@reparam/onnx';
import type { ModelFlags } from '../flags/model-flags.ts';
import type { OutputFlags } from '../flags/output-flags.ts';
import type { RunFlags } from '../flags/run-flags.ts';
import type { Io } from '../io.ts';
import { openTerminal, type Terminal, toJson } from '../terminal.ts';
import { printable } from '../view/printable.ts';
import { formatError, plural } from '../view/quantity.ts';

export type VerifyFlags = RunFlags & OutputFlags & Pick<ModelFlags, 'seed' | 'shape'>;

export async function verifyModels(a: string, b: string, flags: VerifyFlags, io: Io): Promise<number> {
  const terminal = openTerminal(io, flags);
  const report = await verify(readFile(a, io), readFile(b, io), runOptions(flags, io));
  if (flags.format === 'table') printVerification(report, terminal);
  else terminal.print(toJson(report));
  return report.equal ? 0 : 2;
}

/** The flags as options of `verify`. */
export function runOptions(flags: RunFlags & Pick<ModelFlags, 'seed' | 'shape'>, io: Io): VerifyOptions {
  const { tolerance, samples, range, input, seed, shape } = flags;
  const given = Object.entries(input ?? {}).map(([name, path]) => [name, parseNpy(readFile(path, io))]);
  return {
    seed,
    ...(shape && { shapes: shape }),
    ...(tolerance !== undefined && { tolerance }),
    ...(samples !== undefined && { samples }),
    ...(range && { ranges: range }),
    ...(given.length > 0 && { inputs: Object.fromEntries(given) }),
  };
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

function readFile(path: string, io: Io): Uint8Array {
  try {
    return readFileSync(resolve(io.cwd, path));
  } catch (cause) {
    throw new ReparamError(`"${path}" cannot be read: ${(cause as Error).message}`, { code: 'cannot-read', cause });
  }
}
