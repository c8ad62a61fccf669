import { evidenceFramesOf } from '@weighgate/protocol';
import type { Db } from '../../store/database.ts';
import { type FrozenLine, type FrozenSession, frozenSessionSchema } from '../frozen-bill.ts';
import { amountMinorOf } from '../money.ts';
import type { StoredBill } from '../read-frozen-bill.ts';
import { type LineSum, lineFaults, placementFaults } from './check-bill.ts';
import { type ProvenEntry, placeText, proveEntry } from './check-entry.ts';
import { type NetArithmetic, netArithmeticOf, sessionFaults, weightOf } from './check-session.ts';
import type { PackedKey, PackedRate, PackedSession } from './evidence-pack.ts';
import type { Fault } from './fault.ts';
import {
  findDeliveries,
  findDelivery,
  findEntries,
  findKeys,
  findLineRates,
  findLineSum,
} from './find-evidence.ts';

/** A weight of a delivery, down to the bytes it came from. */
export interface ExplainedWeight {
  weight: FrozenSession['first'];
  signature: ProvenEntry['signature'] | 'not_proven';
  stability: string | null;
  /** What the indicator showed, of each deck. */
  indications: { value: string; unit: string; scaleId: string; frames: { agoMs: number; hex: string }[] }[];
}

/** A delivery of a line: what its net is made of, computed again from the stored entries. */
export interface ExplainedDelivery {
  position: number;
  session: FrozenSession;
  net: NetArithmetic | null;
  weights: ExplainedWeight[];
  faults: Fault[];
}

/** A line of a bill as a tree, and whether it comes out the same when it is computed again. */
export interface Explanation {
  line: FrozenLine;
  /** The rate as the registry has it now. */
  rate: PackedRate | null;
  sum: LineSum;
  /** The amount as it comes out now; null for a line of quality, which is a part of its delivery's. */
  computedMinor: bigint | null;
  deliveries: ExplainedDelivery[];
  /** Position after which the next page begins; null on the last. */
  nextAfter: number | null;
  faults: Fault[];
}

/**
 * Takes a line apart: its rate, its deliveries, their nets with containers and tares, their weights, the frames and the
 * entries; and computes it again from what is stored. Deliveries come page by page, the line itself is computed whole.
 * @returns undefined when the bill has no such line
 */
export async function explainLine(
  db: Db,
  { bill }: StoredBill,
  { lineNo, after, limit }: { lineNo: number; after: number; limit: number },
): Promise<Explanation | undefined> {
  const line = bill.lines.find(({ no }) => no === lineNo);
  if (line === undefined) return undefined;
  const page = await deliveriesOf(db, bill.id, line, { after, limit: limit + 1 });
  const shown = page.slice(0, limit).map(({ position, lineNo: of, text }) => ({
    position,
    lineNo: of,
    session: frozenSessionSchema.parse(JSON.parse(text)),
  }));
  const entries = await findEntries(
    db,
    shown.map(({ session }) => session),
  );
  const keys = await findKeys(
    db,
    entries.map(({ device }) => device),
  );
  const { proven, faults: entryFaults } = provenOf(entries, keys);
  const find = (uuid: string) => proven.get(uuid);
  const rate = (await findLineRates(db, bill)).find(({ id }) => id === line.rate.id);
  const sum = await findLineSum(db, bill.id, lineNo);
  const findSession = (id: string) => shown.find(({ session }) => session.id === id)?.session;
  return {
    line,
    rate: rate ?? null,
    sum,
    computedMinor:
      line.kind === 'produce' ? amountMinorOf(sum.netG, line.rate.perKgMinor, bill.rounding) : null,
    deliveries: shown.map(({ position, lineNo: lineOf, session }) => ({
      position,
      session,
      net: netArithmeticOf(session.netEntryUuid, find) ?? null,
      weights: weightsOf(session).map((weight) => explainedWeight(weight, find(weight.entry.uuid))),
      faults: [
        ...placementFaults(
          session,
          bill.lines.find(({ no }) => no === lineOf),
        ),
        ...sessionFaults(session, find),
      ],
    })),
    nextAfter: page.length > limit ? (shown.at(-1)?.position ?? null) : null,
    faults: [...lineFaults(bill, line, { sum, rate, findSession }), ...entryFaults],
  };
}

async function deliveriesOf(
  db: Db,
  billId: string,
  line: FrozenLine,
  { after, limit }: { after: number; limit: number },
): Promise<PackedSession[]> {
  if (line.kind === 'produce') return findDeliveries(db, billId, { lineNo: line.no, after, limit });
  const one = await findDelivery(db, billId, line.sessionId);
  return one === undefined ? [] : [one];
}

function provenOf(entries: Awaited<ReturnType<typeof findEntries>>, keys: readonly PackedKey[]) {
  const proven = new Map<string, ProvenEntry>();
  const faults: Fault[] = [];
  for (const entry of entries) {
    const proof = proveEntry(entry, keys);
    if (proof.kind === 'fault') faults.push({ where: placeText(entry), what: proof.what });
    else for (const uuid of proof.proven.uuids) proven.set(uuid, proof.proven);
  }
  return { proven, faults };
}

const weightsOf = ({ first, second }: FrozenSession) => [first, ...(second === null ? [] : [second])];

function explainedWeight(weight: FrozenSession['first'], proven: ProvenEntry | undefined): ExplainedWeight {
  const registered = proven === undefined ? undefined : weightOf(proven.fact);
  const decks = registered === undefined ? [] : (registered.parts ?? [registered]);
  return {
    weight,
    signature: proven?.signature ?? 'not_proven',
    stability: registered?.stability ?? null,
    indications: decks.map(({ indication, scaleId, frames }) => ({
      value: indication.value,
      unit: indication.unit,
      scaleId,
      frames: evidenceFramesOf(frames),
    })),
  };
}
