import { chainHash, genesisHash, type JournalEntry, readEntry } from '@weighgate/protocol';
import type { EvidenceEntry } from '../src/demo/cloud-client.ts';
import type { EdgeJournal } from '../src/demo/verify-outcome.ts';

export type ClosedEntry = Extract<JournalEntry, { kind: 'session.closed' }>;

/** The text of a closing entry after a change to what it says; any other entry's text as it was. */
export function textWith(entryText: string, change: (entry: ClosedEntry) => void): string {
  const reading = readEntry(entryText);
  if (reading.kind !== 'known' || reading.entry.kind !== 'session.closed') return entryText;
  change(reading.entry);
  return JSON.stringify(reading.entry);
}

/**
 * The work of a forger who holds the agent's and the cloud's database: closing entries are changed and every hash from
 * there on is made anew, so that both chains are whole and agree.
 */
export function forge(
  journal: EdgeJournal,
  evidence: readonly EvidenceEntry[],
  change: (entry: ClosedEntry) => void,
): { journal: EdgeJournal; evidence: EvidenceEntry[] } {
  let hash = genesisHash(journal.device, journal.incarnation);
  const links = journal.links.map(({ seq, entryText: original }) => {
    const [previousHash, entryText] = [hash, textWith(original, change)];
    hash = chainHash(previousHash, entryText);
    return { seq, hash, previousHash, entryText };
  });
  const again = evidence.map((stored) => ({ ...stored, ...links.find(({ seq }) => seq === stored.seq) }));
  return { journal: { ...journal, links }, evidence: again };
}
