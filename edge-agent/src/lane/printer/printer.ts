import type { TicketDrawing } from '../../weighing/ticket/ticket-drawing.ts';

/** What keeps a printer from printing. */
export type PrinterFault = 'paper_out' | 'cover_open' | 'error' | 'unreachable';

/** What a printer says of itself; `unknown` for one that cannot be asked. */
export type PrinterState = 'ready' | 'paper_low' | 'unknown' | PrinterFault;

/** A way to print tickets. Neither function throws, but for the signal's reason: a state says what is wrong. */
export interface TicketPrinter {
  /** In the user's words: `tcp 192.168.1.50:9100`. */
  readonly name: string;
  /** What it takes. */
  readonly drawing: TicketDrawing;
  state(signal: AbortSignal): Promise<PrinterState>;
  /** @returns the state afterwards; the ticket came out when {@link canPrint} holds for it */
  print(drawn: Buffer, printName: string, signal: AbortSignal): Promise<PrinterState>;
}

/** Whether a printer in this state prints. */
export function canPrint(state: PrinterState): state is Exclude<PrinterState, PrinterFault> {
  return state === 'ready' || state === 'paper_low' || state === 'unknown';
}
