import type { RoundingMode } from './decimal.ts';
import { amountMinorOf } from './money.ts';
import { partChangedBy, type QualityFinding } from './quality.ts';
import { type Rate, rateFor } from './rate.ts';
import { type VatGroup, type VatOfLine, type VatTerms, vatAt, vatGroupsOf, vatKeyOf } from './vat.ts';

/** A closed session to be billed. `netG` is null while its net is pending. */
export interface BillableSession {
  sessionId: string;
  ticketNo: string;
  truck: string;
  produce: string | null;
  netG: number | null;
  weighedOutAtMs: number;
  /** Weighed out before the period of the bill; left out for no. What is late stands on lines of its own. */
  isLate?: boolean;
  /** What was found of its quality; each finding is one line of the bill. */
  findings?: readonly QualityFinding[];
}

/** A session that keeps the bill from being made, and why. */
export interface BlockedSession {
  sessionId: string | null;
  ticketNo: string | null;
  truck: string | null;
  reason:
    | 'pending_net'
    | 'no_produce'
    | 'no_rate'
    | 'no_owner'
    | 'parked'
    /** The rate that holds is in another currency than the bill. */
    | 'other_currency'
    /** No rate of VAT holds at weigh-out. */
    | 'no_vat_rate';
}

/** A session whose net is known. */
export interface BilledSession extends BillableSession {
  netG: number;
}

/** Sessions under one rate and one VAT: grams summed first, then one multiplication and one rounding. */
export interface BillLine {
  produce: string;
  rate: Rate;
  vat: VatOfLine;
  isLate: boolean;
  sessions: BilledSession[];
  netG: bigint;
  amountMinor: bigint;
}

/** What one finding adds to the bill or takes off: the weight of the session stays as it is, the part is paid apart. */
export interface QualityLine {
  session: BilledSession;
  finding: QualityFinding;
  rate: Rate;
  vat: VatOfLine;
  /** Rounded once; below zero for what is taken off. */
  amountMinor: bigint;
}

/** What a bill is made by beside rates. */
export interface BillTerms {
  /** ISO 4217 code. A bill has one currency. */
  currency: string;
  rounding: RoundingMode;
  vat: VatTerms;
}

/** A bill that could be made. `totalMinor` is before VAT: the sum of the lines and of the quality lines, exactly. */
export interface BilledBill {
  kind: 'billed';
  lines: BillLine[];
  qualityLines: QualityLine[];
  totalNetG: bigint;
  totalMinor: bigint;
  /** None where the bill says nothing of VAT. */
  vatGroups: VatGroup[];
  vatMinor: bigint;
  /** `totalMinor + vatMinor`. */
  payableMinor: bigint;
}

/** A bill, or what keeps it from being made. */
export type Bill = BilledBill | { kind: 'blocked'; blocked: BlockedSession[] };

/**
 * The bill of one provider for the sessions given. Pure. One session that cannot be priced blocks the whole bill:
 * a bill without it would look complete.
 */
export function billOf(
  providerId: number,
  sessions: readonly BillableSession[],
  rates: readonly Rate[],
  terms: BillTerms,
): Bill {
  const blocked: BlockedSession[] = [];
  const lines = new Map<string, BillLine>();
  const qualityLines: QualityLine[] = [];
  for (const session of sessions) {
    const priced = priceOf(providerId, session, rates, terms);
    if (priced.kind === 'blocked') {
      const { sessionId, ticketNo, truck } = session;
      blocked.push({ sessionId, ticketNo, truck, reason: priced.reason });
      continue;
    }
    const { rate, vat } = priced;
    const billed = { ...session, netG: priced.netG };
    // A rate row holds for one produce, so with its VAT, and whether it is late, it is the line.
    const isLate = session.isLate ?? false;
    const key = `${rate.id}\n${vatKeyOf(vat)}\n${isLate}`;
    const line = lines.get(key) ?? {
      produce: rate.produce,
      rate,
      vat,
      isLate,
      sessions: [],
      netG: 0n,
      amountMinor: 0n,
    };
    line.sessions.push(billed);
    line.netG += BigInt(billed.netG);
    lines.set(key, line);
    for (const finding of session.findings ?? []) {
      const amountMinor = qualityMinorOf(billed, finding, rate, terms.rounding);
      qualityLines.push({ session: billed, finding, rate, vat, amountMinor });
    }
  }
  if (blocked.length > 0) return { kind: 'blocked', blocked };

  for (const line of lines.values()) {
    line.amountMinor = amountMinorOf(line.netG, line.rate.ratePerKgMinor, terms.rounding);
  }
  return totalled([...lines.values()].sort(byProduceThenRate), qualityLines.sort(bySession), terms);
}

function totalled(lines: BillLine[], qualityLines: QualityLine[], { rounding }: BillTerms): BilledBill {
  const vatGroups = vatGroupsOf([...lines, ...qualityLines], rounding);
  const totalMinor = sumOf([...lines, ...qualityLines].map(({ amountMinor }) => amountMinor));
  const vatMinor = sumOf(vatGroups.map((group) => group.vatMinor));
  return {
    kind: 'billed',
    lines,
    qualityLines,
    totalNetG: sumOf(lines.map(({ netG }) => netG)),
    totalMinor,
    vatGroups,
    vatMinor,
    payableMinor: totalMinor + vatMinor,
  };
}

function sumOf(amounts: readonly bigint[]): bigint {
  return amounts.reduce((sum, amount) => sum + amount, 0n);
}

function qualityMinorOf(
  session: BilledSession,
  finding: QualityFinding,
  rate: Rate,
  rounding: RoundingMode,
): bigint {
  return amountMinorOf(BigInt(session.netG), rate.ratePerKgMinor, rounding, partChangedBy(finding));
}

type Price =
  | { kind: 'priced'; rate: Rate; vat: VatOfLine; netG: number }
  | { kind: 'blocked'; reason: BlockedSession['reason'] };

/** The rate and the VAT of one session, or why there is none. */
export function priceOf(
  providerId: number,
  session: BillableSession,
  rates: readonly Rate[],
  terms: BillTerms,
): Price {
  const { netG, produce, weighedOutAtMs } = session;
  if (netG === null) return { kind: 'blocked', reason: 'pending_net' };
  if (produce === null) return { kind: 'blocked', reason: 'no_produce' };
  const rate = rateFor({ produce, providerId, weighedOutAtMs }, rates);
  if (rate === undefined) return { kind: 'blocked', reason: 'no_rate' };
  if (rate.currency !== terms.currency) return { kind: 'blocked', reason: 'other_currency' };
  const vat = vatAt(terms.vat, weighedOutAtMs);
  return vat === undefined ? { kind: 'blocked', reason: 'no_vat_rate' } : { kind: 'priced', rate, vat, netG };
}

/** What is late comes last. */
function byProduceThenRate(a: BillLine, b: BillLine): number {
  if (a.isLate !== b.isLate) return a.isLate ? 1 : -1;
  return compare(
    `${a.produce}\n${a.rate.id}\n${vatKeyOf(a.vat)}`,
    `${b.produce}\n${b.rate.id}\n${vatKeyOf(b.vat)}`,
  );
}

/** By weigh-out, then by session; a session's findings stay in the order they were given. */
function bySession(a: QualityLine, b: QualityLine): number {
  return (
    a.session.weighedOutAtMs - b.session.weighedOutAtMs || compare(a.session.sessionId, b.session.sessionId)
  );
}

function compare(left: string, right: string): number {
  return left < right ? -1 : left > right ? 1 : 0;
}
