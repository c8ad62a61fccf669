import { parseArgs } from 'node:util';
import { kgOf } from '@weighgate/protocol';
import { readConfig } from './config.ts';
import { type LastTicket, lastTickets } from './store/last-tickets.ts';
import { openDatabaseReadOnly } from './store/open-database.ts';
import { textTable } from './text-table.ts';
import { UsageError } from './usage-error.ts';

const MOST = 500;

/**
 * `tickets`: the last tickets, newest first, each proven by the journal. Needs no agent, and works on a read-only disk.
 * @returns the exit code: 1 when one of them is not what was stored
 */
export function ticketsCommand(args: string[]): number {
  const { values } = parseArgs({
    args,
    options: { config: { type: 'string', default: 'edge.yaml' }, last: { type: 'string', default: '20' } },
  });
  const count = Number(values.last);
  if (!Number.isInteger(count) || count < 1 || count > MOST)
    throw new UsageError(`--last must be a whole number from 1 to ${MOST}`);
  const database = openDatabaseReadOnly(readConfig(values.config).dataDir);
  try {
    const tickets = lastTickets(database, count);
    const head = ['ticket', 'registered', 'truck', '', 'gross kg', 'net kg'];
    for (const line of textTable(head, tickets.map(cellsOf), [4, 5])) process.stdout.write(`${line}\n`);
    return tickets.every(({ kind }) => kind === 'sound') ? 0 : 1;
  } finally {
    database.close();
  }
}

function cellsOf(ticket: LastTicket): string[] {
  if (ticket.kind === 'corrupt') return [ticket.ticketNo, 'CORRUPT: not what was stored'];
  const { ticketNo, direction, truck, weight, netG } = ticket;
  const how = weight.source === 'manual' ? `${direction} MANUAL` : direction;
  const netKg = netG === null ? '' : String(kgOf(netG));
  return [ticketNo, weight.registeredAt, truck ?? '', how, String(kgOf(weight.grossG)), netKg];
}
