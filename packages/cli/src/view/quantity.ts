/** Numbers as people read them: three digits and a unit. */

const UNITS = ['', 'k', 'M', 'G', 'T', 'P'];

/** 12300000 is `12.3 M`; null, an unknown number, is `?`. */
export function formatCount(count: number | null): string {
  if (count === null) return '?';
  const [digits, unit] = scale(count);
  return unit === '' ? digits : `${digits} ${unit}`;
}

/** 35200000 is `35.2 MB`. */
export function formatBytes(bytes: number): string {
  const [digits, unit] = scale(bytes);
  return `${digits} ${unit}B`;
}

/** 1.2345e-7 is `1.2e-7`. */
export function formatError(error: number): string {
  if (error === 0 || !Number.isFinite(error)) return String(error);
  return error.toExponential(1);
}

export function formatSeconds(seconds: number): string {
  return seconds < 100 ? `${seconds.toFixed(2)} s` : `${Math.round(seconds)} s`;
}

export function formatMilliseconds(milliseconds: number): string {
  return `${milliseconds < 10 ? milliseconds.toFixed(3) : milliseconds.toFixed(1)} ms`;
}

/** `1 file`, `2 files`. */
export function plural(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? '' : 's'}`;
}

/** Sizes as a file or the command line writes them; null where unknown. */
export function formatDims(dims: readonly (number | string | null)[] | null): string {
  return dims === null ? '[...]' : `[${dims.map((dim) => dim ?? '?').join(', ')}]`;
}

function scale(value: number): [digits: string, unit: string] {
  let step = 0;
  let scaled = value;
  // 999.5 and more would be rounded to 1000.
  while (scaled >= 999.5 && step < UNITS.length - 1) {
    scaled /= 1000;
    step++;
  }
  const decimals = step === 0 || scaled >= 99.95 ? 0 : scaled >= 9.995 ? 1 : 2;
  return [scaled.toFixed(decimals), UNITS[step]!];
}
