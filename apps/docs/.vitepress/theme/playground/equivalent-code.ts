/** The same conversion elsewhere: as a command and as a call. */
import { formatShapes, type Settings, toOptions } from './settings.ts';

/** For a POSIX shell. A file may have any name. */
export function commandLine(fileName: string, settings: Settings): string {
  const { border, keepNorm, freezeWeights, only, skip, shapes, proof, seed } = settings;
  const flags = [
    ...(border === 'repair' ? ['--border repair'] : []),
    ...(keepNorm ? ['--keep norm'] : []),
    ...(freezeWeights ? ['--freeze-weights'] : []),
    ...only.map((pattern) => `--only ${quote(pattern)}`),
    ...skip.map((pattern) => `--skip ${quote(pattern)}`),
    ...Object.entries(shapes).map(([name, sizes]) => `--shape ${quote(formatShapes({ [name]: sizes }))}`),
    ...(toOptions(settings).proof === undefined ? [] : [`--proof ${proof}`]),
    ...(seed === 0 ? [] : [`--seed ${seed}`]),
  ];
  const path = fileName.startsWith('-') ? `./${fileName}` : fileName;
  return ['npx reparam convert', quote(path), ...flags].join(' ');
}

function quote(text: string): string {
  return /^[\w./,=:-]+$/.test(text) ? text : `'${text.replaceAll("'", "'\\''")}'`;
}

export function apiCall(format: 'onnx' | 'tfjs', settings: Settings): string {
  const options = toOptions(settings);
  const text = Object.keys(options).length === 0 ? '' : `, ${JSON.stringify(options, null, 2)}`;
  return format === 'onnx'
    ? `import { blobSource, openModel, reparameterize } from '@reparam/onnx';\n\nconst source = await openModel(blobSource(file));\nconst { model, report } = await reparameterize(source${text});`
    : `import { reparameterizeArtifacts } from '@reparam/tfjs';\n\nconst { artifacts, report } = await reparameterizeArtifacts(await handler.load()${text});`;
}
