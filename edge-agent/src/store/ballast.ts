import {
  closeSync,
  existsSync,
  fsyncSync,
  openSync,
  renameSync,
  rmSync,
  statfsSync,
  writeSync,
} from 'node:fs';
import { join } from 'node:path';

const CHUNK_BYTES = 1024 * 1024;

function ballastPath(dataDir: string): string {
  return join(dataDir, 'ballast');
}

/**
 * Keeps a file of zeros that can be given up on a full disk, so that the weighing at hand can be finished: SQLite cannot
 * free space from inside. Not made where it would itself leave too little.
 */
export function keepBallast(dataDir: string, sizeBytes: number, leaveBytes: number): void {
  const path = ballastPath(dataDir);
  if (sizeBytes === 0 || existsSync(path)) return;
  const { bavail, bsize } = statfsSync(dataDir);
  if (bavail * bsize < sizeBytes + leaveBytes) return;
  const draft = `${path}.draft`;
  const file = openSync(draft, 'w', 0o600);
  try {
    const chunk = Buffer.alloc(CHUNK_BYTES);
    for (let written = 0; written < sizeBytes; written += CHUNK_BYTES)
      writeSync(file, chunk, 0, Math.min(CHUNK_BYTES, sizeBytes - written));
    fsyncSync(file);
  } finally {
    closeSync(file);
  }
  renameSync(draft, path);
}

/** Gives the ballast up. @returns false when there is none */
export function dropBallast(dataDir: string): boolean {
  if (!existsSync(ballastPath(dataDir))) return false;
  rmSync(ballastPath(dataDir));
  return true;
}
