/** Numbers as readers take them in at a glance. */

/** "79.9 k" */
export function formatCount(count: number | null): string {
  if (count === null) return 'unknown';
  const units = ['', '\u00a0k', '\u00a0M', '\u00a0G', '\u00a0T']; // a number stays with its unit
  let at = 0;
  let value = count;
  while (value >= 999.5 && at < units.length - 1) {
    value /= 1000;
    at++;
  }
  return `${at === 0 ? value : Number(value.toPrecision(3))}${units[at]}`;
}

export function formatBytes(bytes: number): string {
  return `${formatCount(bytes).replace(/^([\d.]+)$/, '$1\u00a0')}B`;
}

/** "-38 %" */
export function formatChange(before: number | null, after: number | null): string {
  if (before === null || after === null || before === 0) return '';
  const percent = Math.round((100 * (after - before)) / before);
  return percent === 0 ? '±0 %' : `${percent > 0 ? '+' : '−'}${Math.abs(percent)} %`;
}

/** "2.5e-16" */
export function formatDifference(value: number): string {
  return value === 0 ? '0' : value.toExponential(1);
}

/** "2 Conv, 2 BatchNormalization, Add" */
export function countTypes(nodes: readonly { readonly opType: string }[]): string {
  const counts = new Map<string, number>();
  for (const { opType } of nodes) counts.set(opType, (counts.get(opType) ?? 0) + 1);
  return [...counts].map(([type, count]) => (count === 1 ? type : `${count} ${type}`)).join(', ');
}
