/** Settings in the part of an address behind #, so that a link shares them. A model is never part of it. */
import { formatShapes, parsePatterns, parseShapes, type Settings, standardSettings } from './settings.ts';

export interface Shared {
  readonly settings: Settings;
  /** Which of the site's own models. */
  readonly sample: string | null;
}

/** Without #; empty where everything is standard. */
export function formatHash({ settings, sample }: Shared): string {
  const { border, keepNorm, freezeWeights, only, skip, shapes, proof, seed } = settings;
  const entries: [string, string][] = [
    ['sample', sample ?? ''],
    ['border', border === 'repair' ? border : ''],
    ['keep', keepNorm ? 'norm' : ''],
    ['freeze', freezeWeights ? 'weights' : ''],
    ['only', only.join(',')],
    ['skip', skip.join(',')],
    ['shape', formatShapes(shapes)],
    ['proof', proof === standardSettings.proof ? '' : String(proof)],
    ['seed', seed === 0 ? '' : String(seed)],
  ];
  return new URLSearchParams(entries.filter(([, value]) => value !== '')).toString();
}

/** Anyone may have written an address: what is none of the settings is left out. */
export function parseHash(hash: string): Shared {
  const found = new URLSearchParams(hash.replace(/^#/, ''));
  const proof = found.get('proof');
  const seed = Number(found.get('seed') ?? 0);
  const settings: Settings = {
    border: found.get('border') === 'repair' ? 'repair' : 'exact',
    keepNorm: found.get('keep') === 'norm',
    freezeWeights: found.get('freeze') === 'weights',
    only: parsePatterns(found.get('only') ?? ''),
    skip: parsePatterns(found.get('skip') ?? ''),
    shapes: parseShapes(found.get('shape') ?? '') ?? {},
    proof:
      proof === 'full' ? 'full' : isCount(Number(proof)) && Number(proof) > 0 ? Number(proof) : standardSettings.proof,
    seed: isCount(seed) ? seed : 0,
  };
  return { settings, sample: found.get('sample') };
}

function isCount(value: number): boolean {
  return Number.isSafeInteger(value) && value >= 0;
}
