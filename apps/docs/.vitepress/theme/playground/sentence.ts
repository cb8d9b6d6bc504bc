/** What reports say in clauses, as sentences. */

/** "it reads x" as "It reads x." */
export function sentence(clause: string): string {
  const text = clause.charAt(0).toUpperCase() + clause.slice(1);
  return text === '' || /[.!?]$/.test(text) ? text : `${text}.`;
}

/** A hint at what would lift a refusal; some say that nothing is to be done. */
export function remedy(hint: string): string {
  return hint === '' || hint.startsWith('nothing')
    ? sentence(hint)
    : `To do: ${sentence(hint).replace(/^./, hint.charAt(0))}`;
}
