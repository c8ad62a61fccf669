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

/** The tickets that wait for the printer, kept where a power cut does not reach them. */
export interface WaitingTickets {
  /** The one that waits longest; undefined while none does. */
  first(): { place: number; ticket: Ticket } | undefined;
  /** It came out, or it is given up. */
  remove(place: number): void;
  size(): number;
}

export interface TicketPrinting {
  /** A ticket is waiting; never waits and never throws. */
  wake(): void;
  view(): { printer: string; state: PrinterState; waiting: number };
  /** Why no weighing may be started; null when one may. */
  hindrance(): Refusal | null;
  /** Resolves when printing has ended after the signal; rejects when what waits cannot be kept any more. */
  done: Promise<void>;
}

export interface TicketPrintingParts {
  waiting: WaitingTickets;
  drawer: TicketDrawer;
  whenPaperOut: PaperOutPolicy;
  clock: Clock;
  log: Logger;
  signal: AbortSignal;
}

/** Prints tickets one after another, apart from the weighing: whatever the printer does, no weighing waits for it. */
export function printTickets(
  printer: TicketPrinter,
  { waiting, drawer, whenPaperOut, clock, log, signal }: TicketPrintingParts,
): TicketPrinting {
  /** Until it was asked, nothing speaks against the printer. */
  let state: PrinterState = 'unknown';
  let wake = () => {};
  /** The ticket at hand, and how often it was tried. */
  let trying = { place: 0, attempts: 0, cameOut: false };

  function note(now: PrinterState): void {
    if (now !== state) log.warn({ printer: printer.name, from: state, to: now }, 'printer.state');
    state = now;
  }

  /** The oldest gives way when too many wait: its truck is gone, and it can be had as a copy. */
  function dropTooMany(): void {
    for (let tooMany = waiting.size() - MAX_WAITING_TICKETS; tooMany > 0; tooMany -= 1) {
      const oldest = waiting.first();
      if (oldest === undefined) return;
      waiting.remove(oldest.place);
      log.error({ ticketNo: oldest.ticket.ticketNo }, 'ticket.not_printed');
    }
  }

  /** Tries the first ticket, or asks the printer how it is. @returns whether one left the queue */
  async function tryFirst(): Promise<boolean> {
    const first = waiting.first();
    if (first === undefined) {
      note(await printer.state(signal));
      return false;
    }
    const { place, ticket } = first;
    if (trying.place !== place) trying = { place, attempts: 0, cameOut: false };
    // What came out is not printed again because it could not be taken off the queue.
    if (!trying.cameOut) trying.cameOut = await comesOut(ticket);
    if (trying.cameOut) {
      log.info({ ticketNo: ticket.ticketNo, printer: printer.name }, 'ticket.printed');
    } else if (trying.attempts < MAX_ATTEMPTS) {
      return false;
    } else {
      log.error({ ticketNo: ticket.ticketNo, attempts: trying.attempts }, 'ticket.not_printed');
    }
    waiting.remove(place);
    return true;
  }

  async function comesOut(ticket: Ticket): Promise<boolean> {
    trying.attempts += 1;
    try {
      const drawn = await drawer.draw(ticket, printer.drawing);
      note(await printer.print(drawn, ticket.printName, signal));
      return canPrint(state);
    } catch (error) {
      signal.throwIfAborted();
      log.error({ err: error, printer: printer.name }, 'ticket.attempt_failed');
      return false;
    }
  }

  async function run(): Promise<void> {
    while (!signal.aborted) {
      dropTooMany();
      const left = await tryFirst().catch((error: unknown) => {
        if (!signal.aborted) throw error;
        return false;
      });
      if (!left || waiting.size() === 0) await pause();
    }
  }

  /** Until the printer is due to be asked, or a ticket came. */
  async function pause(): Promise<void> {
    using due = childAbort(signal);
    wake = due.abort;
    await clock.sleep(POLL_MS, due.signal).catch((error: unknown) => {
      if (!due.signal.aborted) throw error;
    });
  }

  return {
    wake: () => wake(),
    view: () => ({ printer: printer.name, state, waiting: waiting.size() }),
    hindrance: () => {
      if (whenPaperOut === 'store' || canPrint(state)) return null;
      return { code: 'printer_not_ready', reason: state };
    },
    done: run(),
  };
}
