/** Numbers as demos show and read them. */

/** At most two decimals, with a real minus sign. */
export function formatNumber(value: number): string {
  const rounded = Math.round(value * 100) / 100;
  return (Object.is(rounded, -0) ? 0 : rounded).toString().replace('-', '−');
}

/** null for what is no number, or too large for a cell. */
export function readNumber(text: string): number | null {
  const value = Number(text.trim().replace('−', '-').replace(',', '.'));
  return text.trim() !== '' && Math.abs(value) < 1000 ? value : null;
}

/** As `4.4e−16`; what is not small as a plain number. */
export function formatError(value: number): string {
  if (value === 0 || value >= 0.01) return formatNumber(value);
  return value.toExponential(1).replaceAll('-', '−');
}
