import { constants } from 'node:fs';
import { open } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';

/** Name of a list of tares: a plain file name, no path. */
export const importNameSchema = z
  .string()
  .regex(
    /^(?!.*\.\.)[\p{L}\p{N}_][\p{L}\p{N} ._()-]{0,99}\.(csv|json)$/u,
    'must be the plain name of a .csv or .json file',
  );

export type ImportedFile =
  | { kind: 'bytes'; bytes: Uint8Array }
  | { kind: 'missing' }
  | { kind: 'too_large' }
  | { kind: 'unreadable'; reason: string };

/**
 * Reads a file of the import folder, and nothing that only looks like one: a link or a device there is unreadable.
 * @param name fits {@link importNameSchema}
 * @param maxBytes anything larger is not read
 */
export async function readImportFile(
  importDir: string,
  name: string,
  maxBytes: number,
): Promise<ImportedFile> {
  try {
    // Not waiting keeps a pipe, which nobody writes to, from holding the request for ever.
    const flags = constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK;
    await using file = await open(join(importDir, name), flags);
    const facts = await file.stat();
    if (!facts.isFile()) return { kind: 'unreadable', reason: 'is not a plain file' };
    const { size } = facts;
    if (size > maxBytes) return { kind: 'too_large' };
    const buffer = new Uint8Array(size);
    const { bytesRead } = await file.read(buffer, 0, size, 0);
    return { kind: 'bytes', bytes: buffer.subarray(0, bytesRead) };
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    if (code === 'ENOENT') return { kind: 'missing' };
    return { kind: 'unreadable', reason: code === 'ELOOP' ? 'is a link' : message };
  }
}
