/** The files of a drop, those in dropped folders too. */

/** A folder with more is no model. */
const MOST_FILES = 2000;

export async function readDropped(transfer: DataTransfer): Promise<File[]> {
  // The entries are gone once this function has waited for anything.
  const entries = [...transfer.items].flatMap((item) => item.webkitGetAsEntry?.() ?? []);
  if (entries.length === 0) return [...transfer.files];
  const files: File[] = [];
  for (const entry of entries) await readEntry(entry, files);
  return files;
}

async function readEntry(entry: FileSystemEntry, files: File[]): Promise<void> {
  if (files.length >= MOST_FILES) return;
  if (entry.isFile) {
    files.push(await new Promise<File>((resolve, reject) => (entry as FileSystemFileEntry).file(resolve, reject)));
    return;
  }
  const reader = (entry as FileSystemDirectoryEntry).createReader();
  for (;;) {
    const batch = await new Promise<FileSystemEntry[]>((resolve, reject) => reader.readEntries(resolve, reject));
    if (batch.length === 0) return;
    for (const inner of batch) await readEntry(inner, files);
  }
}
