import { createHash } from 'node:crypto';
import {
  type FrozenBill,
  type FrozenSession,
  frozenBillSchema,
  frozenSessionSchema,
} from '../frozen-bill.ts';
import { type LineSum, lineFaults, placementFaults, totalFaults } from './check-bill.ts';
import { type ProvenEntry, placeText, proveEntry } from './check-entry.ts';
import { sessionFaults } from './check-session.ts';
import type { EvidencePack, PackedEntry, PackedSession } from './evidence-pack.ts';
import type { Fault } from './fault.ts';

/** What checking a pack found. */
export type PackVerdict =
  | { kind: 'sound'; bill: FrozenBill; deliveries: number; entries: number; signed: number; keys: string[] }
  | { kind: 'unsound'; fault: Fault };

/** What is believed beside what the pack proves. */
export interface Trust {
  /** Keys known from elsewhere: when given, every entry has to be signed by one of these. */
  trustedKeys?: readonly string[];
  /** Take entries of devices that have no key on file. They prove no more than that nobody changed them by mistake. */
  takesUnsigned?: boolean;
}

/**
 * Checks a pack by nothing but itself: hashes first, then signatures, then every sum from the weights up. Stops at the first
 * thing that is wrong. That the keys are the devices' own it cannot know: whoever checks compares them.
 */
export function verifyPack(pack: EvidencePack, trust: Trust = {}): PackVerdict {
  for (const fault of faultsOf(pack, trust)) return { kind: 'unsound', fault };
  const entries = pack.entries.flatMap((entry) => {
    const proof = proveEntry(entry, pack.keys);
    return proof.kind === 'proven' ? [proof.proven] : [];
  });
  return {
    kind: 'sound',
    bill: frozenBillSchema.parse(JSON.parse(pack.bill.text)),
    deliveries: pack.sessions.length,
    entries: entries.length,
    signed: entries.filter(({ signature }) => signature === 'verified').length,
    keys: [...new Set(pack.keys.map(({ device, publicKey }) => `${device} ${publicKey}`))],
  };
}

/** Every fault, in the order they are found, one after the other as they are asked for. */
function* faultsOf(pack: EvidencePack, { trustedKeys, takesUnsigned = false }: Trust): Generator<Fault> {
  const { text, hash } = pack.bill;
  if (sha256Of(text).toString('hex') !== hash) {
    yield { where: 'bill', what: 'its text is not the one that was hashed' };
    return;
  }
  const bill = readFrozen(text, frozenBillSchema);
  if (bill === undefined) {
    yield { where: 'bill', what: 'its text is no frozen bill' };
    return;
  }
  yield* totalFaults(bill);

  const sessions: { session: FrozenSession; lineNo: number }[] = [];
  for (const packed of pack.sessions) {
    const session = readFrozen(packed.text, frozenSessionSchema);
    if (session === undefined)
      yield { where: `delivery ${packed.position}`, what: 'its text is no frozen delivery' };
    else sessions.push({ session, lineNo: packed.lineNo });
  }
  const byId = new Map(sessions.map(({ session }) => [session.id, session]));
  const rates = new Map(pack.rates.map((rate) => [rate.id, rate]));
  for (const line of bill.lines) {
    if (pack.lineNo !== null && line.no !== pack.lineNo) continue;
    const evidence = {
      sum: sumOf(
        pack.sessions.filter(({ lineNo }) => lineNo === line.no),
        byId,
      ),
      rate: rates.get(line.rate.id),
      findSession: (id: string) => byId.get(id),
    };
    yield* lineFaults(bill, line, evidence);
  }

  const entries = new Map<string, ProvenEntry>();
  for (const entry of pack.entries) {
    const proof = proveEntry(entry, pack.keys);
    if (proof.kind === 'fault') {
      yield { where: placeText(entry), what: proof.what };
      continue;
    }
    if (trustedKeys !== undefined && !isSignedByOne(entry, pack, trustedKeys)) {
      yield { where: placeText(entry), what: 'it is not signed by a key that was named as trusted' };
    } else if (proof.proven.signature === 'unsigned' && !takesUnsigned) {
      yield { where: placeText(entry), what: 'it is not signed: no key of its device is in the pack' };
    }
    for (const uuid of proof.proven.uuids) entries.set(uuid, proof.proven);
  }
  for (const { session, lineNo } of sessions) {
    const line = bill.lines.find(({ no }) => no === lineNo);
    yield* placementFaults(session, line);
    yield* sessionFaults(session, (uuid) => entries.get(uuid));
  }
}

function isSignedByOne(entry: PackedEntry, { keys }: EvidencePack, trusted: readonly string[]): boolean {
  const proof = proveEntry(
    entry,
    keys.filter(({ publicKey }) => trusted.includes(publicKey)),
  );
  return proof.kind === 'proven' && proof.proven.signature === 'verified';
}

function sumOf(packed: readonly PackedSession[], byId: ReadonlyMap<string, FrozenSession>): LineSum {
  const inOrder = packed.toSorted((a, b) => a.position - b.position);
  const hash = createHash('sha256');
  let netG = 0n;
  for (const { text } of inOrder) {
    hash.update(sha256Of(text));
    const session = readFrozen(text, frozenSessionSchema);
    netG += BigInt(session === undefined ? 0 : (byId.get(session.id)?.netG ?? 0));
  }
  return { count: inOrder.length, netG, sessionsHash: hash.digest('hex') };
}

function readFrozen<T>(
  text: string,
  schema: { safeParse: (value: unknown) => { success: boolean; data?: T } },
) {
  try {
    const read = schema.safeParse(JSON.parse(text));
    return read.success ? read.data : undefined;
  } catch {
    // No JSON at all is no frozen text either.
    return undefined;
  }
}

const sha256Of = (text: string) => createHash('sha256').update(text, 'utf8').digest();
