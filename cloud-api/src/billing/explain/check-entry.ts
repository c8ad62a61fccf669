import { hashFollows, type JournalEntry, readEntry } from '@weighgate/protocol';
import { factOf } from '../../inbox/fact-of.ts';
import { signatureJudge } from '../../inbox/signature-state.ts';
import type { PackedEntry, PackedKey } from './evidence-pack.ts';

/** An entry that holds what its hash says, what it states, and what its signature is worth. */
export interface ProvenEntry {
  entry: PackedEntry;
  /** Its own, and that of the fact it carries over, where it carries one. */
  uuids: readonly string[];
  fact: JournalEntry;
  /** `unsigned`: no key on file speaks for its place in the chain. */
  signature: 'verified' | 'unsigned';
}

/** What looking at an entry found. */
export type EntryProof = { kind: 'proven'; proven: ProvenEntry } | { kind: 'fault'; what: string };

/** How an entry is named in a fault. */
export const placeText = ({
  device,
  incarnation,
  seq,
}: Pick<PackedEntry, 'device' | 'incarnation' | 'seq'>) => `entry ${device}/${incarnation}/${seq}`;

/**
 * Proves an entry by nothing but itself and the keys: its text follows from its hashes, the device signed that place in its
 * chain, and the text says that it stands there. What it carries over from a former life is proven the same way.
 */
export function proveEntry(entry: PackedEntry, keys: readonly PackedKey[]): EntryProof {
  const { device, incarnation, seq, previousHash, hash, entryText, signature } = entry;
  if (!hashFollows(previousHash, entryText, hash)) return fault('its text does not follow from its hashes');
  const ofDevice = keys.filter((key) => key.device === device);
  const state = signatureJudge(incarnation, ofDevice)({ seq, hash, entry: entryText, signature });
  if (state === 'bad') return fault('its signature is not by the key of the device');
  if (state === 'retired') return fault('every key that could have signed it was withdrawn');

  const reading = readEntry(entryText);
  if (reading.kind === 'malformed') return fault(`it cannot be read: ${reading.reason}`);
  const header = reading.kind === 'known' ? reading.entry : reading.header;
  if (header.device !== device || header.incarnation !== incarnation || header.seq !== seq) {
    return fault('it says that it stands somewhere else');
  }
  const { matter } = factOf({ device, incarnation, seq }, reading);
  if (matter.kind === 'parked') return fault(`it states nothing we know: ${matter.parking.detail}`);
  return {
    kind: 'proven',
    proven: {
      entry,
      uuids: [header.uuid, matter.entry.uuid],
      fact: matter.entry,
      signature: state === 'verified' ? 'verified' : 'unsigned',
    },
  };
}

const fault = (what: string): EntryProof => ({ kind: 'fault', what });
