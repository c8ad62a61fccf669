import {
  type CertificateFacts,
  type Clock,
  certificateClaimOf,
  certificateStatementSchema,
  isoInstant,
  isSigned,
  type JournalEntry,
  MAX_CERTIFICATE_ENTRIES,
  type MakeId,
} from '@weighgate/protocol';
import type { Trx } from '../../store/database.ts';
import { raiseAlarm } from '../raise-alarm.ts';
import { tallyChain } from './tally-chain.ts';

/**
 * Compares what a device vouches for at the end of a shift with what is stored here, and keeps both. What differs is
 * alarmed; the entry counts all the same.
 */
export async function compareShiftCertificate(
  trx: Trx,
  { device, uuid, body }: Extract<JournalEntry, { kind: 'certificate.issued' }>,
  parts: { clock: Clock; makeId: MakeId },
): Promise<void> {
  const { facts } = certificateStatementSchema.parse(JSON.parse(body.statement));
  const { incarnation, firstSeq, lastSeq } = facts;
  const { outcome, differences } = await comparisonOf(trx, device, facts, body);
  await trx
    .insertInto('shift_certificates')
    .values({
      entry_uuid: uuid,
      device,
      incarnation,
      shift_id: body.shiftId,
      first_seq: firstSeq,
      last_seq: lastSeq,
      statement: body.statement,
      signature: body.signature,
      public_key: body.publicKey,
      outcome,
      differences,
      compared_at: isoInstant(parts.clock.now()),
    })
    .onConflict((conflict) => conflict.doNothing())
    .execute();
  if (outcome !== 'differs') return;
  const detail = `shift ${body.shiftId}: ${differences.join('; ')}`.slice(0, 500);
  await raiseAlarm(trx, { code: 'shift_incomplete', device, incarnation, seq: lastSeq, detail }, parts);
}

interface Comparison {
  outcome: 'same' | 'differs' | 'not_here';
  differences: string[];
}

async function comparisonOf(
  trx: Trx,
  device: string,
  said: CertificateFacts,
  { statement, signature, publicKey }: { statement: string; signature: string; publicKey: string },
): Promise<Comparison> {
  const refuse = (why: string): Comparison => ({ outcome: 'differs', differences: [why] });
  if (said.device !== device) return refuse(`it is about the device ${said.device}`);
  if (!isSigned(certificateClaimOf(statement), signature, publicKey)) return refuse('its signature is wrong');
  if (said.lastSeq < said.firstSeq || said.lastSeq - said.firstSeq >= MAX_CERTIFICATE_ENTRIES)
    return refuse(`it is about entries ${said.firstSeq} to ${said.lastSeq}, which no certificate holds`);
  const tallied = await tallyChain(trx, said);
  if (tallied === undefined || tallied.facts.lastSeq < said.lastSeq)
    return { outcome: 'not_here', differences: [] };
  const differences = factDifferences(said, tallied.facts);
  return { outcome: differences.length === 0 ? 'same' : 'differs', differences };
}

/** Every fact of which the two say something else, in words. */
function factDifferences(device: CertificateFacts, here: CertificateFacts): string[] {
  const names = Object.keys(device) as (keyof CertificateFacts)[];
  return names
    .filter((name) => device[name] !== here[name])
    .map((name) => `${name}: the device says ${device[name]}, here it is ${here[name]}`);
}
