import { constants } from 'node:fs';
import { open } from 'node:fs/promises';
import { join } from 'node:path';

/** Largest file that is read. */
const MAX_FILE_BYTES = 10 * 1024 * 1024;
/** A plain name: nothing that leads to another folder, and nothing hidden. */
const plainName = /^[^./\\\0][^/\\\0]{0,199}$/;

/** A file of the folder for rates, or why it is not read. */
export type FileReading = { kind: 'file'; name: string; bytes: Buffer } | { kind: 'refused'; reason: string };

/** Reads a file that lies in a folder itself. Links are not followed, and nothing but a regular file is read. */
export async function readFromDirectory(folder: string, name: string): Promise<FileReading> {
  const notFound = {
    kind: 'refused' as const,
    reason: `File ${name.slice(0, 200)} not found in ${folder} directory`,
  };
  if (!plainName.test(name)) return notFound;
  try {
    // Without waiting: opening a pipe would wait for who writes to it.
    await using file = await open(
      join(folder, name),
      constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK,
    );
    const found = await file.stat();
    if (!found.isFile()) return notFound;
    if (found.size > MAX_FILE_BYTES)
      return {
        kind: 'refused',
        reason: `File ${name} has ${found.size} bytes, and ${MAX_FILE_BYTES} are allowed`,
      };
    const bytes = Buffer.alloc(found.size);
    const { bytesRead } = await file.read(bytes, 0, found.size, 0);
    return { kind: 'file', name, bytes: bytes.subarray(0, bytesRead) };
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? error.code : undefined;
    if (code === 'ENOENT' || code === 'ENOTDIR' || code === 'ELOOP' || code === 'EACCES' || code === 'ENXIO')
      return notFound;
    throw error;
  }
}
