import type { Clock } from '@weighgate/protocol';
import type { Logger } from 'pino';
import { printTickets, type TicketPrinting, type WaitingTickets } from './lane/printer/print-tickets.ts';
import { type PrinterConfig, printerOf } from './lane/printer/printer-config.ts';
import type { Store } from './store/open-store.ts';
import { isStoreFull } from './store/store-error.ts';
import { type TicketSite, ticketOf } from './weighing/ticket/ticket.ts';
import type { TicketDrawer } from './weighing/ticket/ticket-drawer.ts';

export interface PrintWeighingsParts {
  store: Pick<Store, 'tickets' | 'printQueue'>;
  site: TicketSite;
  drawer: TicketDrawer;
  clock: Clock;
  log: Logger;
  signal: AbortSignal;
}

/**
 * Starts the printer of a site. A ticket is waiting from the commit of its weighing on, and it is made from the committed
 * entries; those that waited when the agent stopped come out first, as copies.
 */
export function printWeighings(
  config: PrinterConfig,
  { store, site, ...parts }: PrintWeighingsParts,
): Omit<TicketPrinting, 'wake'> {
  const { tickets, printQueue } = store;
  const { clock, log } = parts;
  const { language, whenPaperOut } = config;
  try {
    printQueue.takeOver(language);
    if (printQueue.size() > 0) log.warn({ waiting: printQueue.size() }, 'tickets.taken_over');
  } catch (error) {
    if (!isStoreFull(error)) throw error;
    log.error({ err: error, waiting: printQueue.size() }, 'tickets.not_taken_over');
  }

  const waiting: WaitingTickets = {
    first() {
      for (;;) {
        const first = printQueue.first();
        if (first === undefined) return undefined;
        try {
          const record = tickets.ofWeight(first.weightId, first.copy);
          if (record !== undefined) return { place: first.place, ticket: ticketOf(record, site, language) };
        } catch (error) {
          // The weighing is on record; its ticket can be asked for again.
          log.error({ err: error, weightId: first.weightId }, 'ticket.not_made');
        }
        printQueue.remove(first.place);
      }
    },
    remove(place) {
      try {
        printQueue.remove(place);
      } catch (error) {
        // On a full disk it stays in the queue and is taken off later.
        if (!isStoreFull(error)) throw error;
      }
    },
    size: printQueue.size,
  };
  const { wake, ...printing } = printTickets(printerOf(config, clock), { ...parts, waiting, whenPaperOut });
  printQueue.onAdded(wake);
  return printing;
}
