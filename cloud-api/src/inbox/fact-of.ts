import { isDeepStrictEqual } from 'node:util';
import {
  type CarriedEntry,
  type EntryHeader,
  type EntryReading,
  type EntryTime,
  hashFollows,
  type JournalEntry,
  readEntry,
} from '@weighgate/protocol';
import type { Parking } from './park-entry.ts';

/** Whose chain a row stands in, and where. */
export interface RowPlace {
  device: string;
  incarnation: string;
  seq: number;
}

/**
 * The fact that a row of a chain states. An entry that carries another over from a former life states what the other does,
 * under the other's uuid; whatever follows from it names the place where it was carried to.
 */
export interface Fact {
  uuid: string;
  /** The uuid inside when the row carries another entry; null when the fact is its own. */
  carriedUuid: string | null;
  madeAt: EntryTime;
  /** What is to be applied, or why it cannot be. */
  matter: { kind: 'entry'; entry: JournalEntry } | { kind: 'parked'; parking: Parking };
  content: FactContent;
}

/** What makes two facts the same one: everything but the place in a chain. */
export interface FactContent {
  kind: string;
  schema: number;
  body: unknown;
}

/** Reads the fact out of a row. Pure. */
export function factOf(place: RowPlace, reading: Exclude<EntryReading, { kind: 'malformed' }>): Fact {
  if (reading.kind === 'known' && reading.entry.kind === 'entry.carried') {
    return carriedFactOf(place, reading.entry, reading.entry.body);
  }
  return plainFactOf(place, reading, null);
}

/** Whether two facts under one uuid say the same. */
export function isSameFact(a: FactContent, b: FactContent): boolean {
  return a.kind === b.kind && a.schema === b.schema && isDeepStrictEqual(a.body, b.body);
}

function plainFactOf(
  place: RowPlace,
  reading: Exclude<EntryReading, { kind: 'malformed' }>,
  carriedUuid: string | null,
): Fact {
  const header = reading.kind === 'known' ? reading.entry : reading.header;
  return {
    uuid: header.uuid,
    carriedUuid,
    madeAt: header.at,
    content: contentOf(header),
    matter:
      reading.kind === 'known'
        ? { kind: 'entry', entry: { ...reading.entry, ...place } as JournalEntry }
        : { kind: 'parked', parking: { reason: 'unknown_kind', detail: reading.reason } },
  };
}

/** Only what proves itself is believed: the text follows from its hash, and names the place it is said to come from. */
function carriedFactOf(place: RowPlace, outer: JournalEntry, carried: CarriedEntry): Fact {
  const unproven = (detail: string): Fact => ({
    uuid: outer.uuid,
    carriedUuid: null,
    madeAt: outer.at,
    content: contentOf(outer),
    matter: { kind: 'parked', parking: { reason: 'carried_unproven', detail } },
  });
  if (!hashFollows(carried.previousHash, carried.entryText, carried.hash)) {
    return unproven('its text does not follow from its hashes');
  }
  const inner = readEntry(carried.entryText);
  if (inner.kind === 'malformed') return unproven(`what it carries cannot be read: ${inner.reason}`);
  const header = inner.kind === 'known' ? inner.entry : inner.header;
  const from = `${header.device}, ${header.incarnation}, ${header.seq}`;
  if (from !== `${place.device}, ${carried.incarnation}, ${carried.seq}`) {
    return unproven(`what it carries says that it stands at ${from}`);
  }
  if (header.kind === 'entry.carried') return unproven('it carries an entry that carries another');
  return plainFactOf(place, inner, header.uuid);
}

function contentOf({ kind, schema, body }: EntryHeader | JournalEntry): FactContent {
  return { kind, schema, body };
}
