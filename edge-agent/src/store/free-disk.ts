import { statfsSync } from 'node:fs';

/** Bytes that this program may still write where the journal is; null when the file system does not say. */
export function freeDiskBytes(dataDir: string): number | null {
  try {
    const { bavail, bsize } = statfsSync(dataDir);
    return bavail * bsize;
  } catch {
    // It is told to the cloud for information; what the disk will not take is found out elsewhere.
    return null;
  }
}
