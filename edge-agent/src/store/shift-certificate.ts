import { type EntryTime, MAX_CERTIFICATE_ENTRIES, type Uuid } from '@weighgate/protocol';
import type Database from 'better-sqlite3';
import { certificateMaker } from './certificate-maker.ts';
import type { DeviceKey } from './device-key.ts';
import type { Identity } from './identity.ts';
import type { Journal } from './journal.ts';

/**
 * Vouches for a shift with an entry of its own, in the transaction that closes it: for all the present life has from the
 * shift's first entry on.
 */
export function shiftCertifier(
  database: Database.Database,
  journal: Journal,
  { identity, key }: { identity: Identity; key: DeviceKey },
): (shiftId: Uuid, openedPosition: number, at: Pick<EntryTime, 'wallMs'>) => void {
  const certificateOf = certificateMaker(database, key);
  const selectBase = database
    .prepare<[string], number>('SELECT base FROM lives WHERE incarnation = ?')
    .pluck();
  return (shiftId, openedPosition, { wallMs }) => {
    const { device, incarnation } = identity;
    const base = selectBase.get(incarnation);
    if (base === undefined) throw new Error(`${incarnation} is no life of this database`);
    const lastSeq = journal.head().seq;
    // A shift that began in a former life is vouched for as far as it goes in this one.
    const firstSeq = Math.max(1, openedPosition - base, lastSeq - MAX_CERTIFICATE_ENTRIES + 1);
    const certificate = certificateOf({ device, incarnation, base, firstSeq, lastSeq }, wallMs);
    if (certificate === undefined) throw new Error(`a shift that was closed has entries`);
    const { statement, signature, publicKey } = certificate;
    journal.append({ kind: 'certificate.issued', body: { shiftId, statement, signature, publicKey } });
  };
}
