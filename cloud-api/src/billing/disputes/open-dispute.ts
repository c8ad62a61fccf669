import { createHash } from 'node:crypto';
import { type Clock, isoInstant, type MakeId } from '@weighgate/protocol';
import { type Actor, recordChange } from '../../audit/record-change.ts';
import { queueEvent } from '../../outbound/queue-message.ts';
import type { Trx } from '../../store/database.ts';

export interface DisputeParts {
  clock: Clock;
  makeId: MakeId;
}

/** A line that somebody says is wrong, why, and the evidence as it stands. */
export interface DisputedLine {
  billId: string;
  numberText: string;
  lineNo: number;
  providerId: number;
  reason: string;
  /** The evidence pack of the line as JSON; null where it is too large for one file. */
  evidence: string | null;
}

/**
 * Opens a dispute about a line of an issued bill and keeps the evidence with it. The bill stays as it is.
 * @returns `open_already` while another dispute about this line is not resolved
 */
export async function openDispute(
  trx: Trx,
  line: DisputedLine,
  by: Actor,
  parts: DisputeParts,
): Promise<{ kind: 'created'; body: { id: string } } | { kind: 'open_already' }> {
  const id = parts.makeId();
  const { billId, lineNo, providerId, reason, evidence } = line;
  const evidenceHash = evidence === null ? null : createHash('sha256').update(evidence, 'utf8').digest('hex');
  const opened = await trx
    .insertInto('disputes')
    .values({
      dispute_id: id,
      bill_id: billId,
      line_no: lineNo,
      provider_id: providerId,
      state: 'open',
      evidence,
      evidence_hash: evidenceHash,
    })
    .onConflict((conflict) => conflict.doNothing())
    .returning('dispute_id')
    .executeTakeFirst();
  if (opened === undefined) return { kind: 'open_already' };
  await trx
    .insertInto('dispute_steps')
    .values({
      dispute_id: id,
      no: 1,
      kind: 'opened',
      said: reason,
      outcome: null,
      credit_note_id: null,
      by_whom: by.name,
      at: isoInstant(parts.clock.now()),
    })
    .execute();
  const after = { billId, lineNo, providerId, evidenceHash };
  const subject = { kind: 'dispute', id };
  await recordChange(trx, { by, action: 'dispute.opened', subject, before: null, after, why: reason }, parts);
  const data = { disputeId: id, billId, numberText: line.numberText, lineNo, providerId };
  await queueEvent(trx, { type: 'dispute.opened', cause: id, data }, parts);
  return { kind: 'created', body: { id } };
}
