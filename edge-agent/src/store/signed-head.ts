import { closeSync, constants, fsyncSync, openSync, readFileSync, writeSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { isSigned, journalClaimOf, signatureSchema, uuidSchema } from '@weighgate/protocol';
import { z } from 'zod';
import type { DeviceKey } from './device-key.ts';

/**
 * The last entry the device has vouched for, kept outside the database: a journal that ends before it was cut short,
 * and one that has another hash there was written anew.
 */
const signedHeadSchema = z.strictObject({
  incarnation: uuidSchema,
  seq: z.int().nonnegative(),
  hash: z.string().regex(/^[0-9a-f]{64}$/),
  signature: signatureSchema,
});
export type SignedHead = z.infer<typeof signedHeadSchema>;

export interface SignedHeadFile extends Disposable {
  /**
   * Signs and keeps the head. It may be lost at a power cut, unless `flush`: an older one says less, never wrong.
   * Nothing is kept any more once disposed of.
   */
  keep(head: { incarnation: string; seq: number; hash: string }, flush?: boolean): void;
}

/** One sector: a medium writes it whole or not at all. */
const FILE_BYTES = 512;

export function signedHeadPath(dataDir: string): string {
  return join(dataDir, 'signed-head');
}

/** Opens the file for writing; made when missing. */
export function openSignedHead(dataDir: string, key: DeviceKey): SignedHeadFile {
  const path = signedHeadPath(dataDir);
  const file = openSync(path, constants.O_RDWR | constants.O_CREAT, 0o600);
  let closed = false;
  return {
    keep: ({ incarnation, seq, hash }, flush = false) => {
      if (closed) return;
      const signature = key.sign(journalClaimOf(incarnation, { seq, hash }));
      const text = JSON.stringify({ incarnation, seq, hash, signature });
      writeSync(file, text.padEnd(FILE_BYTES - 1).concat('\n'), 0);
      if (!flush) return;
      fsyncSync(file);
      flushFolder(dirname(path));
    },
    [Symbol.dispose]: () => {
      closed = true;
      closeSync(file);
    },
  };
}

/** A file's name is on disk when its folder is. */
export function flushFolder(folder: string): void {
  const handle = openSync(folder, constants.O_RDONLY);
  try {
    fsyncSync(handle);
  } finally {
    closeSync(handle);
  }
}

/** The head signed last; undefined when there is none, or none that this key signed. */
export function readSignedHead(dataDir: string, publicKey: string): SignedHead | undefined {
  let json: unknown;
  try {
    json = JSON.parse(readFileSync(signedHeadPath(dataDir), 'utf8'));
  } catch {
    // Missing or damaged is one and the same: nothing vouches for the journal's end.
    return undefined;
  }
  const parsed = signedHeadSchema.safeParse(json);
  if (!parsed.success) return undefined;
  const { incarnation, signature } = parsed.data;
  return isSigned(journalClaimOf(incarnation, parsed.data), signature, publicKey) ? parsed.data : undefined;
}
