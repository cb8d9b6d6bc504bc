/** The entry for Node: models as files on disk. */

export { expandFile, insertNormsFile } from './files/expand-file.ts';
export { type FileSource, openFile } from './files/file-source.ts';
export { type OpenModelFile, openModelFile, writeModelFiles } from './files/model-files.ts';
export { reparameterizeFile } from './files/reparameterize-file.ts';
export { type WriteOptions, writeChunks } from './files/write-files.ts';
