import { execFile } from 'node:child_process';
import type { TicketDrawing } from '../../weighing/ticket/ticket-drawing.ts';
import { escposTicket } from './escpos.ts';
import type { TicketPrinter } from './printer.ts';

const PRINT_MS = 30_000;

/** A queue of CUPS takes a PDF; what becomes of it is CUPS's to say. */
export function cupsPrinter(queue: string, drawing: TicketDrawing): TicketPrinter {
  return {
    name: `queue ${queue}`,
    drawing,
    state: async () => 'unknown',
    print: async (pdf, printName, signal) =>
      (await feed('lp', ['-s', '-d', queue, '-t', printName, '-'], pdf, signal)) ? 'unknown' : 'unreachable',
  };
}

/**
 * A receipt printer behind a device such as `/dev/usb/lp0`. It takes bytes and cannot be asked. A program of its own
 * writes them: a printer without paper holds the writer up, and only a process can be ended then.
 */
export function devicePrinter(path: string): TicketPrinter {
  return {
    name: path,
    drawing: 'pbm',
    state: async () => 'unknown',
    print: async (bitmap, _, signal) => {
      const args = [`of=${path}`, 'bs=4096', 'conv=nocreat,notrunc', 'status=none'];
      return (await feed('dd', args, escposTicket(bitmap), signal)) ? 'unknown' : 'unreachable';
    },
  };
}

/** Whether a program took the bytes to its end. */
function feed(program: string, args: string[], bytes: Buffer, signal: AbortSignal): Promise<boolean> {
  return new Promise((resolve, reject) => {
    const child = execFile(program, args, { timeout: PRINT_MS, killSignal: 'SIGKILL', signal }, (error) => {
      if (signal.aborted) reject(signal.reason);
      else resolve(error === null);
    });
    // A program that ended before it read everything says so in its exit.
    child.stdin?.on('error', () => undefined).end(bytes);
  });
}
