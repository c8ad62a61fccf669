import { mkdir, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { TicketDrawing } from '../../weighing/ticket/ticket-drawing.ts';
import type { TicketPrinter } from './printer.ts';

/** Puts a PDF of every ticket into a folder, for whatever collects them there. A file appears whole or not at all. */
export function folderPrinter(folder: string, drawing: TicketDrawing): TicketPrinter {
  return {
    name: `folder ${folder}`,
    drawing,
    state: async () => 'unknown',
    print: async (pdf, printName) => {
      try {
        await mkdir(folder, { recursive: true });
        const draft = join(folder, `.${printName}.part`);
        await writeFile(draft, pdf, { flush: true });
        await rename(draft, join(folder, `${printName}.pdf`));
        return 'unknown';
      } catch {
        // Whatever the folder suffers from, the ticket is not in it; the queue tries again and logs it.
        return 'unreachable';
      }
    },
  };
}
