import assert from 'node:assert/strict';
import { type Clock, isoInstant, type MakeId } from '@weighgate/protocol';
import { requestFields } from '../http/request-context.ts';
import type { Db, Trx } from '../store/database.ts';
import { canonicalJson, jsonOf } from './canonical-json.ts';
import { type ClearValue, sealedValue } from './commitment.ts';
import { type Keeping, keepingOfId } from './sensitive-names.ts';

/** Longest text of an entry, in characters; the schema says the same. */
const MAX_ENTRY_CHARS = 262_144;

/** Who did it. The caller of a request is one. */
export interface Actor {
  kind: 'account' | 'key' | 'cloud' | 'unknown';
  /** Of the user or the key. */
  id: string | null;
  name: string;
}

/** The program itself: at its first start, and what it does by its own rules. */
export const theCloud: Actor = { kind: 'cloud', id: null, name: 'cloud' };

/** A change that people answer for. */
export interface AuditChange {
  by: Actor;
  /** What was done, as `provider.changed`: the kind of the subject, and a past participle. */
  action: string;
  /** What it was done to; the id is null for what has none. */
  subject: { kind: string; id: string | number | null };
  /** As it was; null where there was nothing. Secrets are masked, personal data is kept erasable: by the names of fields. */
  before: object | null;
  /** As it is now; null where there is nothing any more. */
  after: object | null;
  /** Reason that was given. */
  why?: string | undefined;
  /** The person whom an API key says it acts for. */
  askedBy?: string | undefined;
  /** Where the request came from. */
  place?: { address: string; userAgent: string } | undefined;
}

/**
 * Writes a change down in the transaction that makes it: both are there, or neither. Its place in the chain it gets at the
 * commit, so it does not matter where in the transaction this is called. Outside of one, it is one of its own.
 */
export async function recordChange(
  trx: Trx | Db,
  change: AuditChange,
  { clock, makeId }: { clock: Clock; makeId: MakeId },
): Promise<void> {
  if (!trx.isTransaction) {
    await trx.transaction().execute((own) => recordChange(own, change, { clock, makeId }));
    return;
  }
  const { by, action, subject, before, after, why, askedBy, place } = change;
  const changeId = makeId();
  const clear: ClearValue[] = [];
  const seal = (value: unknown, at: string, keeping: Keeping) =>
    sealedValue(jsonOf(value), { place: at, keeping, subjectKind: subject.kind }, clear, makeId);
  const id = subject.id === null ? null : String(subject.id);
  const text = canonicalJson({
    v: 1,
    id: changeId,
    at: isoInstant(clock.now()),
    actor: { kind: by.kind, id: by.id, name: seal(by.name, '/actor/name', 'committed') },
    action,
    subject: { kind: subject.kind, id: seal(id, '/subject/id', keepingOfId(subject.kind)) },
    before: seal(before, '/before', 'clear'),
    after: seal(after, '/after', 'clear'),
    why: jsonOf(why ?? null),
    askedBy: seal(by.kind === 'key' ? (askedBy ?? null) : null, '/askedBy', 'committed'),
    place: seal(place ?? null, '/place', 'committed'),
    requestId: requestFields().requestId ?? null,
  });
  assert(
    text.length <= MAX_ENTRY_CHARS,
    `an audit entry of ${text.length} characters: say less of ${action}`,
  );
  const entry = { change_id: changeId, entry_text: text };
  if (clear.length === 0) {
    await trx.insertInto('audit_changes').values(entry).execute();
    return;
  }
  // One statement: where this is called, others wait for the transaction.
  await trx
    .with('entry', (db) => db.insertInto('audit_changes').values(entry))
    .insertInto('audit_clear_values')
    .values(clear.map((value) => ({ change_id: changeId, ...value })))
    .execute();
}
