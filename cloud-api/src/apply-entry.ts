import assert from 'node:assert/strict';
import type { Clock, JournalEntry, MakeId } from '@weighgate/protocol';
import { keepAdjustmentCounters } from './fleet/keep-adjustment-counters.ts';
import type { Applied } from './inbox/applied.ts';
import { postDelivery } from './ledger/post-delivery.ts';
import { recordProposal } from './registry/record-proposal.ts';
import { setMeasuredTare } from './registry/set-measured-tare.ts';
import { applyOperatorEntry } from './shifts/apply-operator-entry.ts';
import { applyShiftEntry } from './shifts/apply-shift-entry.ts';
import type { Trx } from './store/database.ts';
import { closeSession } from './weighings/close-session.ts';
import { completeNet } from './weighings/complete-net.ts';
import { openSession } from './weighings/open-session.ts';
import { recordOnePass } from './weighings/record-one-pass.ts';
import { recordSingleWeight } from './weighings/record-single-weight.ts';
import { voidSession } from './weighings/void-session.ts';

/**
 * The one place that turns a journal entry into changes, inside the caller's transaction. A business reason parks the
 * entry; it never refuses it.
 */
export async function applyEntry(
  trx: Trx,
  entry: JournalEntry,
  parts: { clock: Clock; makeId: MakeId },
): Promise<Applied> {
  switch (entry.kind) {
    case 'session.opened':
      return openSession(trx, entry);
    case 'entry.carried':
      return assert.fail('what an entry carries is applied, never the carrying entry');
    case 'session.closed': {
      const closed = await closeSession(trx, entry);
      if (closed.kind === 'parked') return closed;
      if (closed.delivery !== null) await postDelivery(trx, closed.delivery, parts);
      return { kind: 'applied' };
    }
    case 'session.one_pass': {
      const recorded = await recordOnePass(trx, entry);
      if (recorded.kind === 'parked') return recorded;
      if (recorded.delivery !== null) await postDelivery(trx, recorded.delivery, parts);
      return { kind: 'applied' };
    }
    case 'session.net_completed': {
      const completed = await completeNet(trx, entry);
      if (completed.kind === 'parked') return completed;
      if (completed.delivery !== null) await postDelivery(trx, completed.delivery, parts);
      return { kind: 'applied' };
    }
    case 'session.voided':
      return voidSession(trx, entry, parts);
    case 'weight.single':
      return recordSingleWeight(trx, entry);
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
