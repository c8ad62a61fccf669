import type { Clock, Refusal } from '@weighgate/protocol';
import type { Logger } from 'pino';
import { printTickets, type TicketPrinting } from './lane/printer/print-tickets.ts';
import { type PrinterConfig, printerOf } from './lane/printer/printer-config.ts';
import { printingDesk } from './lane/printing-desk.ts';
import type { Store } from './store/open-store.ts';
import type { SessionDesk } from './weighing/session-desk.ts';
import { directionOfEntry, type TicketSite, ticketOf } from './weighing/ticket/ticket.ts';
import type { TicketDrawer } from './weighing/ticket/ticket-drawer.ts';
import type { WeighingEntry } from './weighing/weighing-store.ts';

/** The printer beside the desk. */
export interface PrintedWeighings {
  /** The desk, and every weighing it makes printed. */
  printing(desk: SessionDesk): SessionDesk;
  view: TicketPrinting['view'];
  /** Why no weighing may be started; null when one may. */
  hindrance(): Refusal | null;
  done: Promise<void>;
}

export interface PrintWeighingsParts {
  tickets: Store['tickets'];
  site: TicketSite;
  drawer: TicketDrawer;
  clock: Clock;
  log: Logger;
  signal: AbortSignal;
}

/** Starts the printer of a site. A ticket is made from the committed entry, after the weighing was answered for. */
export function printWeighings(config: PrinterConfig, parts: PrintWeighingsParts): PrintedWeighings {
  const { tickets, site, clock, log } = parts;
  const { language, whenPaperOut } = config;
  const queue = printTickets(printerOf(config, clock), { ...parts, whenPaperOut });

  function print(entry: WeighingEntry): void {
    try {
      const record = tickets.original(entry.body.sessionId, directionOfEntry(entry));
      if (record !== undefined) queue.print(ticketOf(record, site, language));
    } catch (error) {
      // The weighing is on record; its ticket can be asked for again.
      log.error({ err: error, ticketNo: entry.body.ticketNo }, 'ticket.not_made');
    }
  }

  return {
    printing: (desk) => printingDesk(desk, (entry) => queueMicrotask(() => print(entry))),
    view: queue.view,
    hindrance: queue.hindrance,
    done: queue.done,
  };
}
