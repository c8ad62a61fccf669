import type { Clock, Refusal } from '@weighgate/protocol';
import type { Logger } from 'pino';
import { childAbort } from '../../line/child-abort.ts';
import type { Ticket } from '../../weighing/ticket/ticket.ts';
import type { TicketDrawer } from '../../weighing/ticket/ticket-drawer.ts';
import { canPrint, type PrinterState, type TicketPrinter } from './printer.ts';

/** Most tickets that wait for a printer. */
const MAX_WAITING_TICKETS = 50;
/** How often a printer is asked how it is, and a ticket that did not come out is tried again. */
const POLL_MS = 5_000;
/** A ticket is tried for an hour: after that its truck is gone, and it can be had as a copy. */
const MAX_ATTEMPTS = 720;

/** What a site wants while its printer does not print: no weighing without paper, or weighing on with e-tickets. */
export type PaperOutPolicy = 'block' | 'store';

export interface TicketPrinting {
  /** Takes a ticket to print; never waits and never throws. The oldest gives way when too many wait. */
  print(ticket: Ticket): void;
  view(): { printer: string; state: PrinterState; waiting: number };
  /** Why no weighing may be started; null when one may. */
  hindrance(): Refusal | null;
  /** Resolves when printing has ended after the signal. */
  done: Promise<void>;
}

export interface TicketPrintingParts {
  drawer: TicketDrawer;
  whenPaperOut: PaperOutPolicy;
  clock: Clock;
  log: Logger;
  signal: AbortSignal;
}

/** Prints tickets one after another, apart from the weighing: whatever the printer does, no weighing waits for it. */
export function printTickets(
  printer: TicketPrinter,
  { drawer, whenPaperOut, clock, log, signal }: TicketPrintingParts,
): TicketPrinting {
  const waiting: { ticket: Ticket; attempts: number }[] = [];
  /** Until it was asked, nothing speaks against the printer. */
  let state: PrinterState = 'unknown';
  let wake = () => {};

  function note(now: PrinterState): void {
    if (now !== state) log.warn({ printer: printer.name, from: state, to: now }, 'printer.state');
    state = now;
  }

  async function tryFirst(): Promise<void> {
    const first = waiting[0];
    if (first === undefined) return note(await printer.state(signal));
    const { ticket } = first;
    first.attempts += 1;
    const drawn = await drawer.draw(ticket, printer.drawing);
    note(await printer.print(drawn, ticket.ticketNo, signal));
    if (!canPrint(state)) return;
    drop(first);
    log.info({ ticketNo: ticket.ticketNo, printer: printer.name }, 'ticket.printed');
  }

  function drop(one: (typeof waiting)[number]): void {
    const index = waiting.indexOf(one);
    if (index >= 0) waiting.splice(index, 1);
  }

  async function run(): Promise<void> {
    while (!signal.aborted) {
      const [first] = waiting;
      let printed = false;
      try {
        await tryFirst();
        printed = first !== undefined && waiting[0] !== first;
      } catch (error) {
        if (signal.aborted) return;
        log.error({ err: error, printer: printer.name }, 'ticket.attempt_failed');
      }
      if (first !== undefined && !printed && first.attempts >= MAX_ATTEMPTS) {
        drop(first);
        log.error({ ticketNo: first.ticket.ticketNo, attempts: first.attempts }, 'ticket.not_printed');
      }
      if (!printed || waiting.length === 0) await pause();
    }
  }

  /** Until the printer is due to be asked, or a ticket came while none waited. */
  async function pause(): Promise<void> {
    using due = childAbort(signal);
    wake = due.abort;
    await clock.sleep(POLL_MS, due.signal).catch((error: unknown) => {
      if (!due.signal.aborted) throw error;
    });
  }

  return {
    print: (ticket) => {
      const tooMany = waiting.length >= MAX_WAITING_TICKETS ? waiting.shift() : undefined;
      if (tooMany !== undefined) log.error({ ticketNo: tooMany.ticket.ticketNo }, 'ticket.not_printed');
      waiting.push({ ticket, attempts: 0 });
      if (waiting.length === 1) wake();
    },
    view: () => ({ printer: printer.name, state, waiting: waiting.length }),
    hindrance: () => {
      if (whenPaperOut === 'store' || canPrint(state)) return null;
      return { code: 'printer_not_ready', reason: state };
    },
    done: run(),
  };
}
