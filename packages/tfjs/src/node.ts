/** The entry for Node: models as folders on disk, without tfjs-node. */
import type { ModelArtifacts } from './artifacts/model-artifacts.ts';
import { readModelFolder, type WriteFolderOptions, writeModelFolder } from './files/model-folder.ts';

export type { ModelArtifacts };
export { readModelFolder, type WriteFolderOptions, writeModelFolder };

/** What `model.save` is told. */
export interface SaveResult {
  readonly modelArtifactsInfo: {
    readonly dateSaved: Date;
    readonly modelTopologyType: 'JSON';
    readonly weightDataBytes: number;
  };
}

export interface FileHandler<Artifacts> {
  load(): Promise<Artifacts>;
  save(artifacts: Artifacts): Promise<SaveResult>;
}

/**
 * An IOHandler for a model on disk: a folder, or a model.json to load.
 *
 * @example
 * const model = await tf.loadLayersModel(files('models/mobilenet'));
 * await model.save(files('models/copy'));
 */
export function files<Artifacts extends ModelArtifacts>(
  path: string,
  options: WriteFolderOptions = {},
): FileHandler<Artifacts> {
  return {
    load: async () => (await readModelFolder(path)) as Artifacts,
    save: async (artifacts) => {
      writeModelFolder(path, artifacts, options);
      const weightDataBytes = (artifacts.weightSpecs ?? []).length === 0 ? 0 : sizeOf(artifacts);
      return { modelArtifactsInfo: { dateSaved: new Date(), modelTopologyType: 'JSON', weightDataBytes } };
    },
  };
}

function sizeOf({ weightData = [] }: ModelArtifacts): number {
  return (Array.isArray(weightData) ? weightData : [weightData]).reduce((sum, { byteLength }) => sum + byteLength, 0);
}
