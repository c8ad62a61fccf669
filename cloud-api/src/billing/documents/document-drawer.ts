import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import type { BillDocument } from './bill-document.ts';

/** A document could not be drawn. The bill is untouched by it. */
export class DocumentDrawingError extends Error {
  readonly code: 'drawing_failed' | 'drawing_busy';
  constructor(code: DocumentDrawingError['code'], message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = 'DocumentDrawingError';
    this.code = code;
  }
}

/** Draws documents away from the API. */
export interface DocumentDrawer {
  /** @throws DocumentDrawingError */
  draw(document: BillDocument): Promise<Buffer>;
}

const program = fileURLToPath(new URL('./draw-program.ts', import.meta.url));
const MAX_WAITING = 32;
const TIMEOUT_MS = 60_000;
const MAX_BYTES = 32 * 1024 * 1024;

/**
 * Draws each document in a process of its own, one at a time and at most 32 waiting: the canvas holds 100 MB that the API has
 * no use for between documents, and whatever goes wrong in it stays away from it.
 */
export function documentDrawer(): DocumentDrawer {
  let waiting = 0;
  let last: Promise<unknown> = Promise.resolve();
  return {
    draw: async (document) => {
      if (waiting >= MAX_WAITING) {
        throw new DocumentDrawingError(
          'drawing_busy',
          `${MAX_WAITING} documents are waiting to be drawn. Try again.`,
        );
      }
      waiting += 1;
      const mine = last.then(() => runProgram(JSON.stringify(document)));
      last = mine.catch(() => undefined);
      try {
        return await mine;
      } finally {
        waiting -= 1;
      }
    },
  };
}

function runProgram(request: string): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    const options = { encoding: 'buffer', timeout: TIMEOUT_MS, maxBuffer: MAX_BYTES } as const;
    const args = [...process.execArgv, program];
    const child = execFile(process.execPath, args, options, (cause, stdout, stderr) => {
      if (cause === null) return resolve(stdout);
      const words = stderr.toString().trim().slice(-500) || cause.message;
      reject(
        new DocumentDrawingError('drawing_failed', `The document could not be drawn: ${words}`, { cause }),
      );
    });
    // A program that died before it read says why in its exit, not in the broken pipe.
    child.stdin?.on('error', () => undefined).end(request);
  });
}
