import { existsSync, rmSync, statfsSync } from 'node:fs';
import { open, rename } from 'node:fs/promises';
import { join } from 'node:path';

const CHUNK_BYTES = 1024 * 1024;

function ballastPath(dataDir: string): string {
  return join(dataDir, 'ballast');
}

/**
 * Keeps a file of zeros that can be given up on a full disk, so that the weighing at hand can be finished: SQLite cannot
 * free space from inside. Not made where it would itself leave too little.
 */
export async function keepBallast(dataDir: string, sizeBytes: number, leaveBytes: number): Promise<void> {
  const path = ballastPath(dataDir);
  if (sizeBytes === 0 || existsSync(path)) return;
  const { bavail, bsize } = statfsSync(dataDir);
  if (bavail * bsize < sizeBytes + leaveBytes) return;
  const draft = `${path}.draft`;
  const file = await open(draft, 'w', 0o600);
  try {
    const chunk = Buffer.alloc(CHUNK_BYTES);
    for (let written = 0; written < sizeBytes; written += CHUNK_BYTES)
      await file.write(chunk, 0, Math.min(CHUNK_BYTES, sizeBytes - written));
    await file.sync();
  } finally {
    await file.close();
  }
  await rename(draft, path);
}

/** Gives the ballast up. @returns false when there is none */
export function dropBallast(dataDir: string): boolean {
  if (!existsSync(ballastPath(dataDir))) return false;
  rmSync(ballastPath(dataDir));
  return true;
}
