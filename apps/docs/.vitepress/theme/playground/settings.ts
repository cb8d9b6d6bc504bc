/** What a reader may set: the options of a conversion, as the command line has them. */
export interface Settings {
  readonly border: 'exact' | 'repair';
  readonly keepNorm: boolean;
  readonly freezeWeights: boolean;
  /** Patterns, one each. */
  readonly only: readonly string[];
  readonly skip: readonly string[];
  /** Sizes by the name of an input. */
  readonly shapes: Readonly<Record<string, readonly number[]>>;
  /** Output channels that each proof compares. */
  readonly proof: number | 'full';
  readonly seed: number;
}

export const standardSettings: Settings = {
  border: 'exact',
  keepNorm: false,
  freezeWeights: false,
  only: [],
  skip: [],
  shapes: {},
  proof: 32,
  seed: 0,
};

/** "a, b" as a list without empty entries. */
export function parsePatterns(text: string): string[] {
  return text
    .split(/[\n,]/)
    .map((pattern) => pattern.trim())
    .filter((pattern) => pattern !== '');
}

/** "image=1,3,224,224; mask=1,1,224,224" as sizes by name; null where it is none of that. */
export function parseShapes(text: string): Record<string, number[]> | null {
  const shapes: [string, number[]][] = [];
  for (const part of text.split(/[;\n]/)) {
    if (part.trim() === '') continue;
    const at = part.lastIndexOf('=');
    const sizes = part
      .slice(at + 1)
      .split(',')
      .map((size) => Number(size.trim() || Number.NaN));
    const isValid = at > 0 && sizes.every((size) => Number.isSafeInteger(size) && size > 0);
    if (!isValid) return null;
    shapes.push([part.slice(0, at).trim(), sizes]);
  }
  return Object.fromEntries(shapes);
}

export function formatShapes(shapes: Settings['shapes']): string {
  return Object.entries(shapes)
    .map(([name, sizes]) => `${name}=${sizes.join(',')}`)
    .join('; ');
}

/** The settings as options of `reparameterize`; what is standard is left out. */
export function toOptions(settings: Settings) {
  const { border, keepNorm, freezeWeights, only, skip, shapes, proof, seed } = settings;
  return {
    ...(border === 'repair' && { border }),
    ...(keepNorm && { keep: ['norm'] as const }),
    ...(freezeWeights && { freezeWeights }),
    ...(only.length > 0 && { only }),
    ...(skip.length > 0 && { skip }),
    ...(Object.keys(shapes).length > 0 && { shapes }),
    ...(proof !== standardSettings.proof && { proof }),
    ...(seed !== standardSettings.seed && { seed }),
  };
}
