import type { DeckWeight, JournalEntry, MakeId, Uuid } from '@weighgate/protocol';
import type { Refusal } from './refusal.ts';

export type VoidEntry = Extract<JournalEntry, { kind: 'session.voided' }>;

/** What was entered wrong at the first weighing; what is left out stays as it was. */
export interface CloneRequest {
  truck?: string | undefined;
  produce?: string | null | undefined;
  containers?: readonly string[] | undefined;
}

export interface VoidRequest {
  sessionId: string;
  reason: string;
  /** Who voids, and who agreed: two people. */
  by: string;
  secondBy: string | null;
  /** Not null: a new open session takes its place, on the same first weight. */
  clone: CloneRequest | null;
}

/** A session as voiding sees it. */
export interface VoidableSession {
  sessionId: Uuid;
  truck: string | null;
  produce: string | null;
  was: 'open' | 'closed' | 'single';
  /** Null while it counts. */
  ended: 'superseded' | 'voided' | null;
  first: DeckWeight & { weightId: Uuid };
}

/** What voiding needs of a store. */
export interface VoidStore {
  sessionToVoid(sessionId: string): VoidableSession | undefined;
  openSessionOf(truck: string): { sessionId: Uuid } | undefined;
  /** One transaction: the entry, the session's end, and its clone. */
  recordVoid(body: VoidEntry['body']): VoidEntry;
}

export type VoidOutcome = { kind: 'voided'; entry: VoidEntry } | { kind: 'refused'; refusal: Refusal };

/**
 * Takes a session out of what counts. Nothing is deleted: it stays readable with its weights. It needs a second
 * person, also while it is open: otherwise a truck could leave unweighed by the hand of one.
 */
export function voidSession(request: VoidRequest, store: VoidStore, makeId: MakeId): VoidOutcome {
  const { sessionId, reason, by, secondBy, clone } = request;
  const session = store.sessionToVoid(sessionId);
  if (session === undefined) return refused({ code: 'session_unknown', sessionId });
  const { was, ended } = session;
  if (ended !== null) return refused({ code: `session_${ended}` });
  if (secondBy === null) return refused({ code: 'second_person_missing' });
  if (nameKeyOf(secondBy) === nameKeyOf(by)) return refused({ code: 'same_person', by });
  const body = { sessionId: session.sessionId, was, reason, by, secondBy };
  if (clone === null) return { kind: 'voided', entry: store.recordVoid({ ...body, clone: null }) };

  const truck = clone.truck ?? session.truck;
  if (truck === null) return refused({ code: 'truck_missing', direction: 'in' });
  const inside = store.openSessionOf(truck);
  if (inside !== undefined && inside.sessionId !== session.sessionId) {
    return refused({ code: 'session_open', truck, sessionId: inside.sessionId });
  }
  const entry = store.recordVoid({
    ...body,
    clone: {
      sessionId: makeId(),
      truck,
      produce: clone.produce === undefined ? session.produce : clone.produce,
      first: {
        weightId: session.first.weightId,
        grossG: session.first.grossG,
        containers: [...new Set(clone.containers ?? session.first.containers)],
      },
    },
  });
  return { kind: 'voided', entry };
}

/** The same person however the name was typed. */
function nameKeyOf(name: string): string {
  return name.normalize('NFKC').trim().replace(/\s+/g, ' ').toLowerCase();
}

function refused(refusal: Refusal): VoidOutcome {
  return { kind: 'refused', refusal };
}
