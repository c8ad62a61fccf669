import { json } from 'node:stream/consumers';
import type { Ticket } from './ticket.ts';
import { drawnTicket, type TicketDrawing } from './ticket-drawing.ts';

/** A program of its own: a ticket comes in as JSON on standard input, its drawing goes out on standard output. */
const { ticket, drawing } = (await json(process.stdin)) as { ticket: Ticket; drawing: TicketDrawing };
process.stdout.write(drawnTicket(ticket, drawing));
