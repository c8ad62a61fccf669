import assert from 'node:assert/strict';
import type { Clock, JournalEntry, MakeId } from '@weighgate/protocol';
import { compareShiftCertificate } from './fleet/completeness/compare-shift-certificate.ts';
import { keepAdjustmentCounters } from './fleet/keep-adjustment-counters.ts';
import { raiseAlarm } from './fleet/raise-alarm.ts';
import type { Applied } from './inbox/applied.ts';
import { postDeliveries } from './ledger/post-delivery.ts';
import { recordProposal } from './registry/record-proposal.ts';
import { setMeasuredTare } from './registry/set-measured-tare.ts';
import { applyOperatorEntry } from './shifts/apply-operator-entry.ts';
import { applyShiftEntry } from './shifts/apply-shift-entry.ts';
import type { Trx } from './store/database.ts';
import { type Closed, closeSession } from './weighings/close-session.ts';
import { completeNet } from './weighings/complete-net.ts';
import { findTicketsTwice } from './weighings/find-tickets-twice.ts';
import { openSession } from './weighings/open-session.ts';
import { recordOnePass } from './weighings/record-one-pass.ts';
import { recordSingleWeight } from './weighings/record-single-weight.ts';
import { openSessionBook, type SessionBook } from './weighings/session-book.ts';
import { voidSession } from './weighings/void-session.ts';

/** What applying needs from outside. */
export interface ApplyParts {
  clock: Clock;
  makeId: MakeId;
}

/**
 * The one place that turns journal entries into changes, inside the caller's transaction: in order, and together. A business
 * reason parks an entry; it never refuses it.
 * @returns why one of them has to be parked; the caller then undoes all of them
 */
export async function applyEntries(
  trx: Trx,
  entries: readonly JournalEntry[],
  parts: ApplyParts,
): Promise<Applied> {
  const book = await openSessionBook(trx, entries, (inside, deliveries) =>
    postDeliveries(inside, deliveries, parts),
  );
  for (const entry of entries) {
    const applied = await applyInBook(trx, book, entry, parts);
    if (applied.kind === 'parked') return applied;
  }
  await book.write();
  await tellOfTicketsTwice(trx, entries, parts);
  return { kind: 'applied' };
}

/** Both weighings count; a person has to tell the one ticket from the other. */
async function tellOfTicketsTwice(
  trx: Trx,
  entries: readonly JournalEntry[],
  parts: ApplyParts,
): Promise<void> {
  const issued = new Map(
    entries.flatMap((entry) =>
      'ticketNo' in entry.body && 'weight' in entry.body ? [[entry.body.ticketNo, entry]] : [],
    ),
  );
  for (const { ticketNo, sessionIds } of await findTicketsTwice(trx, [...issued.keys()])) {
    const entry = issued.get(ticketNo);
    assert(entry !== undefined, `${ticketNo} was not asked for`);
    const { device, incarnation, seq } = entry;
    const detail = `${ticketNo} stands on sessions ${sessionIds.join(' and ')}: both count, one ticket has to be told from the other`;
    await raiseAlarm(trx, { code: 'ticket_twice', device, incarnation, seq, detail }, parts);
  }
}

async function applyInBook(
  trx: Trx,
  book: SessionBook,
  entry: JournalEntry,
  parts: ApplyParts,
): Promise<Applied> {
  switch (entry.kind) {
    case 'session.opened':
      return openSession(trx, book, entry);
    case 'session.closed':
      return delivered(book, closeSession(book, entry));
    case 'session.one_pass':
      return delivered(book, recordOnePass(book, entry));
    case 'session.net_completed':
      return delivered(book, completeNet(book, entry));
    case 'session.voided':
      return book.aside(() => voidSession(trx, entry, parts));
    case 'weight.single':
      return recordSingleWeight(book, entry);
    case 'entry.carried':
      return assert.fail('what an entry carries is applied, never the carrying entry');
    case 'truck.proposed':
      return recordProposal(trx, entry, parts.clock);
    case 'container_tare.set':
      return setMeasuredTare(trx, entry, parts.clock);
    case 'operator.added':
    case 'operator.pin_set':
    case 'operator.blocked':
    case 'operator.unblocked':
      await applyOperatorEntry(trx, entry);
      return { kind: 'applied' };
    case 'shift.opened':
    case 'shift.closed':
      await applyShiftEntry(trx, entry);
      return { kind: 'applied' };
    case 'parameter.changed':
      await keepAdjustmentCounters(trx, entry);
      return { kind: 'applied' };
    case 'certificate.issued':
      await compareShiftCertificate(trx, entry, parts);
      return { kind: 'applied' };
    case 'command.refused':
    case 'truck_tare.set':
    case 'truck.legal_gross_set':
    case 'indicator.commanded':
    case 'journal.checkpoint':
    case 'seal.acknowledged':
    case 'permission.refused':
    case 'parameters.recorded':
    case 'ticket.reprinted':
    case 'ticket.reissued':
    case 'link.changed':
    case 'alibi.checked':
      // The entry, stored and chained, is the record of it; nothing follows from it here.
      return { kind: 'applied' };
  }
}

function delivered(book: SessionBook, closed: Closed): Applied {
  if (closed.kind === 'parked') return closed;
  if (closed.delivery !== null) book.deliver(closed.delivery);
  return { kind: 'applied' };
}
