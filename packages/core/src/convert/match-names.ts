/** How options select nodes: by patterns that their names match. */

/** A test whether one of several names matches one of the patterns; `*` stands for anything. */
export function nameMatcher(patterns: readonly string[]): (names: readonly string[]) => boolean {
  const expressions = patterns.map(
    (pattern) => new RegExp(`^${pattern.split('*').map(escapeRegExp).join('.*')}$`, 's'),
  );
  return (names) => names.some((name) => expressions.some((expression) => expression.test(name)));
}

function escapeRegExp(text: string): string {
  return text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');
}
