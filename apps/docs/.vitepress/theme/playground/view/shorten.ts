/** Labels come from files, and may be of any length. */
export function shorten(text: string, most = 28): string {
  const end = Math.floor(most * 0.3);
  return text.length > most ? `${text.slice(0, most - end - 2)}…${text.slice(-end)}` : text;
}
