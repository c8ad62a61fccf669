import { isoInstant } from '@weighgate/protocol';
import { type Actor, recordChange } from '../../audit/record-change.ts';
import { type MatchFault, matchFaultOf } from '../../http/if-match.ts';
import { queueEvent } from '../../outbound/queue-message.ts';
import type { Trx } from '../../store/database.ts';
import type { DisputeParts } from './open-dispute.ts';

/** What is said to a dispute: an answer that leaves it to be resolved, or how it ends. */
export type Decision =
  | { kind: 'answered'; said: string }
  | { kind: 'resolved'; said: string; outcome: 'upheld' }
  | { kind: 'resolved'; said: string; outcome: 'credited'; creditNoteId: string };

/** What came of it. */
export type Decided =
  | { kind: 'done'; version: number }
  | { kind: 'unknown' }
  | { kind: 'not_matched'; fault: MatchFault }
  | { kind: 'wrong_state'; state: string }
  /** The credit note is none, or corrects another bill. */
  | { kind: 'no_such_note' };

/** From which states what may be said, and where it leads. */
const nextState = {
  open: { answered: 'answered', resolved: 'resolved' },
  answered: { answered: null, resolved: 'resolved' },
  resolved: { answered: null, resolved: null },
} as const;

/** Answers or resolves a dispute, once each; the provider's subscribers are told in the same transaction. */
export async function decideDispute(
  trx: Trx,
  { id, ifMatch, decision, by }: { id: string; ifMatch: string | undefined; decision: Decision; by: Actor },
  parts: DisputeParts,
): Promise<Decided> {
  const dispute = await trx
    .selectFrom('disputes')
    .select(['bill_id', 'line_no', 'provider_id', 'state', 'version'])
    .where('dispute_id', '=', id)
    .forUpdate()
    .executeTakeFirst();
  if (dispute === undefined) return { kind: 'unknown' };
  const fault = matchFaultOf(ifMatch, dispute.version);
  if (fault !== null) return { kind: 'not_matched', fault };
  const state = nextState[dispute.state][decision.kind];
  if (state === null) return { kind: 'wrong_state', state: dispute.state };
  const creditNoteId =
    decision.kind === 'resolved' && decision.outcome === 'credited' ? decision.creditNoteId : null;
  if (creditNoteId !== null) {
    const note = await trx
      .selectFrom('bills')
      .select('id')
      .where('id', '=', creditNoteId)
      .where('corrects_bill_id', '=', dispute.bill_id)
      .executeTakeFirst();
    if (note === undefined) return { kind: 'no_such_note' };
  }
  const outcome = decision.kind === 'resolved' ? decision.outcome : null;
  const version = dispute.version + 1;
  await trx.updateTable('disputes').set({ state, version }).where('dispute_id', '=', id).execute();
  const { no } = await trx
    .selectFrom('dispute_steps')
    .select(({ fn }) => fn.countAll<number>().as('no'))
    .where('dispute_id', '=', id)
    .executeTakeFirstOrThrow();
  await trx
    .insertInto('dispute_steps')
    .values({
      dispute_id: id,
      no: Number(no) + 1,
      kind: decision.kind,
      said: decision.said,
      outcome,
      credit_note_id: creditNoteId,
      by_whom: by.name,
      at: isoInstant(parts.clock.now()),
    })
    .execute();
  const action = `dispute.${decision.kind}`;
  const before = { state: dispute.state };
  const after = { state, outcome, creditNoteId };
  await recordChange(
    trx,
    { by, action, subject: { kind: 'dispute', id }, before, after, why: decision.said },
    parts,
  );
  const data = {
    disputeId: id,
    billId: dispute.bill_id,
    lineNo: dispute.line_no,
    providerId: dispute.provider_id,
    outcome,
    creditNoteId,
  };
  await queueEvent(trx, { type: `dispute.${decision.kind}`, cause: id, data }, parts);
  return { kind: 'done', version };
}
