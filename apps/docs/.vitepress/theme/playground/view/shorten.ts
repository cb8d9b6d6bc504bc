/** Labels come from files, and may be of any length. */
export function shorten(text: string): string {
  return text.length > 28 ? `${text.slice(0, 18)}…${text.slice(-8)}` : text;
}
