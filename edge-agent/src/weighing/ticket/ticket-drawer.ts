import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import type { Ticket } from './ticket.ts';
import type { TicketDrawing } from './ticket-drawing.ts';

/** A ticket could not be drawn. Nothing of the weighing is touched by it. */
export class TicketDrawingError extends Error {
  readonly code: 'drawing_failed' | 'drawing_busy';
  constructor(code: TicketDrawingError['code'], message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = 'TicketDrawingError';
    this.code = code;
  }
}

/** Draws tickets away from the agent. */
export interface TicketDrawer {
  /** @throws TicketDrawingError */
  draw(ticket: Ticket, drawing: TicketDrawing): Promise<Buffer>;
}

const program = fileURLToPath(new URL('./draw-program.ts', import.meta.url));
const MAX_WAITING = 16;
const TIMEOUT_MS = 20_000;
const MAX_BYTES = 4 * 1024 * 1024;

/**
 * Draws each ticket in a process of its own, one at a time and at most 16 waiting: the canvas holds 100 MB that the
 * agent has no use for between tickets, and whatever goes wrong in it stays away from the scale.
 */
export function ticketDrawer(): TicketDrawer {
  let waiting = 0;
  let last: Promise<unknown> = Promise.resolve();
  return {
    draw: async (ticket, drawing) => {
      if (waiting >= MAX_WAITING)
        throw new TicketDrawingError(
          'drawing_busy',
          `${MAX_WAITING} tickets are waiting to be drawn. Try again.`,
        );
      waiting += 1;
      const mine = last.then(() => runProgram(JSON.stringify({ ticket, drawing })));
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
    // With the agent's own options: what Node compiled under others it would throw away, also for the agent's next start.
    const args = [...process.execArgv, program];
    const child = execFile(process.execPath, args, options, (cause, stdout, stderr) => {
      if (cause === null) return resolve(stdout);
      const words = stderr.toString().trim().slice(-500) || cause.message;
      reject(new TicketDrawingError('drawing_failed', `The ticket could not be drawn: ${words}`, { cause }));
    });
    // A program that died before it read says why in its exit, not in the broken pipe.
    child.stdin?.on('error', () => undefined).end(request);
  });
}
