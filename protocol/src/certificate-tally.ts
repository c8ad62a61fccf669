import { createHash } from 'node:crypto';
import { type CertificateFacts, type CertificateRow, rowsHashOf } from './certificate.ts';
import type { Uuid } from './id.ts';
import { type JournalEntry, readEntry } from './journal-entry.ts';

/** An entry as it is stored. */
export interface TalliedEntry {
  seq: number;
  /** The chain's hash there. */
  hash: string;
  entryText: string;
}

/** The facts of a stretch, and its entries by name. */
export interface Tallied {
  facts: CertificateFacts;
  rows: CertificateRow[];
}

/**
 * Tallies a stretch of one chain. Both sides do it with this very function, each over what it has stored. What is carried
 * over from a former life counts as the fact inside.
 * @param entries in the order of their seq; some may be missing, and then they are not counted
 * @returns undefined when there is none
 */
export function tallyOf(
  chain: { device: string; incarnation: Uuid },
  entries: Iterable<TalliedEntry>,
): Tallied | undefined {
  const rows: CertificateRow[] = [];
  const ticketsOf = new Map<string, Set<string>>();
  const voided = new Set<string>();
  let [weighings, grossG, netG, headHash] = [0, 0, 0, ''];
  for (const { seq, hash, entryText } of entries) {
    const entry = factIn(entryText);
    const seen = entry === undefined ? nothing : seenIn(entry);
    if (seen.grossG !== null) {
      weighings += 1;
      grossG += seen.grossG;
    }
    netG += seen.netG;
    if (seen.voids !== null) voided.add(seen.voids);
    const row: CertificateRow = {
      seq,
      text: createHash('sha256').update(entryText).digest('hex').slice(0, 16),
    };
    if (seen.ticket !== null) {
      row.ticketNo = seen.ticket.ticketNo;
      const { sessionId, ticketNo } = seen.ticket;
      ticketsOf.set(sessionId, (ticketsOf.get(sessionId) ?? new Set()).add(ticketNo));
    }
    rows.push(row);
    headHash = hash;
  }
  const [first, last] = [rows[0], rows.at(-1)];
  if (first === undefined || last === undefined) return undefined;
  const sizeOf = (tickets: Iterable<Set<string>>) => [...tickets].reduce((sum, { size }) => sum + size, 0);
  const facts: CertificateFacts = {
    device: chain.device,
    incarnation: chain.incarnation,
    firstSeq: first.seq,
    lastSeq: last.seq,
    headHash,
    entries: rows.length,
    weighings,
    grossG,
    netG,
    ticketsIssued: sizeOf(ticketsOf.values()),
    ticketsVoid: sizeOf([...voided].map((sessionId) => ticketsOf.get(sessionId) ?? new Set())),
    rowsHash: rowsHashOf(rows),
  };
  return { facts, rows };
}

/** What one fact adds. */
interface Seen {
  grossG: number | null;
  netG: number;
  ticket: { sessionId: string; ticketNo: string } | null;
  /** The session that it voids. */
  voids: string | null;
}

const nothing: Seen = { grossG: null, netG: 0, ticket: null, voids: null };

function seenIn(entry: JournalEntry): Seen {
  switch (entry.kind) {
    case 'session.opened':
    case 'weight.single':
      return { ...nothing, grossG: entry.body.weight.grossG, ticket: entry.body };
    case 'session.closed':
    case 'session.one_pass': {
      const { weight, net } = entry.body;
      return {
        ...nothing,
        grossG: weight.grossG,
        netG: net.kind === 'known' ? net.netG : 0,
        ticket: entry.body,
      };
    }
    case 'session.net_completed':
      return { ...nothing, netG: entry.body.net.netG };
    case 'session.voided':
      return { ...nothing, voids: entry.body.sessionId };
    default:
      return nothing;
  }
}

/** The fact of an entry; undefined when this version cannot read it: it is counted as an entry and no more. */
function factIn(entryText: string): JournalEntry | undefined {
  const reading = readEntry(entryText);
  if (reading.kind !== 'known') return undefined;
  return reading.entry.kind === 'entry.carried' ? factIn(reading.entry.body.entryText) : reading.entry;
}
