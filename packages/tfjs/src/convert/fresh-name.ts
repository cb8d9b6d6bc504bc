/** Names that are free. */

/** The wanted name, or with a number behind it; added to those taken. */
export function freshName(wanted: string, names: Set<string>): string {
  let name = wanted;
  for (let count = 2; names.has(name); count++) name = `${wanted}_${count}`;
  names.add(name);
  return name;
}
