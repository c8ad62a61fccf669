import type { FrozenBill, FrozenLine, FrozenSession } from '../frozen-bill.ts';
import { amountMinorOf } from '../money.ts';
import { partChangedBy } from '../quality.ts';
import { type VatOfLine, vatGroupsOf } from '../vat.ts';
import type { PackedRate } from './evidence-pack.ts';
import { differs, type Fault } from './fault.ts';

/** What all deliveries of a line come to. */
export interface LineSum {
  count: number;
  netG: bigint;
  /** SHA-256 of the SHA-256 of each delivery's text, in the order of their positions. */
  sessionsHash: string;
}

/**
 * Computes the sums of a bill again from its lines. A credit note takes off parts of lines that were rounded before, so of
 * it only the sums are computed.
 */
export function totalFaults(bill: FrozenBill): Fault[] {
  const where = `bill ${bill.numberText}`;
  const { totals } = bill;
  const netMinor = sumOf(bill.lines.map(({ amountMinor }) => amountMinor));
  const netG = sumOf(bill.lines.map((line) => (line.kind === 'produce' ? line.netG : '0')));
  const vatMinor = sumOf(bill.vatGroups.map((group) => group.vatMinor));
  return [
    ...differs(where, 'the sum of the lines', totals.netMinor, String(netMinor)),
    ...differs(where, 'the net weight in grams', totals.netG, String(netG)),
    ...differs(where, 'the sum of the VAT', totals.vatMinor, String(vatMinor)),
    ...differs(where, 'the total', totals.totalMinor, String(netMinor + vatMinor)),
    ...(bill.kind === 'credit_note' ? [] : vatFaults(where, bill)),
  ];
}

function vatFaults(where: string, bill: FrozenBill): Fault[] {
  const lines = bill.lines.map(({ vat, amountMinor }) => ({
    vat: vatOf(vat),
    amountMinor: BigInt(amountMinor),
  }));
  const groups = vatGroupsOf(lines, bill.rounding).map(({ percent, baseMinor, vatMinor }) => [
    percent,
    String(baseMinor),
    String(vatMinor),
  ]);
  const said = bill.vatGroups.map(({ percent, baseMinor, vatMinor }) => [percent, baseMinor, vatMinor]);
  return differs(where, 'the VAT by percentage', said, groups);
}

function vatOf(vat: FrozenLine['vat']): VatOfLine {
  if (vat.kind === 'not_charged') return null;
  return vat.kind === 'exempt'
    ? 'exempt'
    : { id: vat.rateId, percent: vat.percent, validFromMs: null, validToMs: null };
}

/** Compares a line's rate with the registry's, and computes its amount again. The sessions are those of its deliveries. */
export function lineFaults(
  bill: FrozenBill,
  line: FrozenLine,
  evidence: {
    sum: LineSum;
    rate: PackedRate | undefined;
    findSession: (id: string) => FrozenSession | undefined;
  },
): Fault[] {
  const where = `line ${line.no}`;
  const { rate } = evidence;
  if (rate === undefined) return [{ where, what: `rate ${line.rate.id} is missing` }];
  const faults = [
    ...differs(where, 'the rate', line.rate.perKgMinor, rate.perKgMinor),
    ...differs(where, 'whose the rate is', line.rate.providerId, rate.providerId),
    ...differs(where, 'since when the rate holds', instantOf(line.rate.validFrom), instantOf(rate.validFrom)),
    ...differs(where, 'until when the rate holds', instantOf(line.rate.validTo), instantOf(rate.validTo)),
    ...(rate.providerId === null || rate.providerId === bill.seller.providerId
      ? []
      : [{ where, what: 'the rate is that of another provider' }]),
  ];
  if (bill.kind === 'credit_note') return faults;
  return [
    ...faults,
    ...(line.kind === 'produce' ? produceFaults(bill, line, evidence) : qualityFaults(bill, line, evidence)),
  ];
}

function produceFaults(
  bill: FrozenBill,
  line: Extract<FrozenLine, { kind: 'produce' }>,
  { sum, rate }: { sum: LineSum; rate: PackedRate | undefined },
): Fault[] {
  const where = `line ${line.no}`;
  const amount = amountMinorOf(sum.netG, line.rate.perKgMinor, bill.rounding);
  return [
    ...differs(where, 'the produce of the rate', line.produce, rate?.produce ?? null),
    ...differs(where, 'the hash of its deliveries', line.sessionsHash, sum.sessionsHash),
    ...differs(where, 'how many deliveries it has', line.sessionCount, sum.count),
    ...differs(where, 'the net weight in grams', line.netG, String(sum.netG)),
    ...differs(where, 'the amount', line.amountMinor, String(amount)),
  ];
}

function qualityFaults(
  bill: FrozenBill,
  line: Extract<FrozenLine, { kind: 'quality' }>,
  { findSession }: { findSession: (id: string) => FrozenSession | undefined },
): Fault[] {
  const where = `line ${line.no}`;
  const session = findSession(line.sessionId);
  if (session === undefined) return [{ where, what: `delivery ${line.sessionId} is not on the bill` }];
  const part = partChangedBy(line.finding);
  const amount = amountMinorOf(BigInt(session.netG), line.rate.perKgMinor, bill.rounding, part);
  return differs(where, 'the amount', line.amountMinor, String(amount));
}

/** Whether a delivery stands under the rate of its line: of its produce, weighed out while it held. */
export function placementFaults(session: FrozenSession, line: FrozenLine | undefined): Fault[] {
  const where = `delivery ${session.ticketOut}`;
  if (line === undefined) return [{ where, what: 'it is on a line that the bill does not have' }];
  const atMs = Date.parse(session.weighedOutAt);
  const { validFrom, validTo } = line.rate;
  const holds =
    (validFrom === null || Date.parse(validFrom) <= atMs) && (validTo === null || atMs < Date.parse(validTo));
  return [
    ...(line.kind === 'produce' ? differs(where, 'the produce', session.produce, line.produce) : []),
    ...(holds
      ? []
      : [
          {
            where,
            what: `it was weighed out at ${session.weighedOutAt}, when the rate of its line did not hold`,
          },
        ]),
  ];
}

const sumOf = (amounts: readonly string[]) => amounts.reduce((sum, amount) => sum + BigInt(amount), 0n);
const instantOf = (instant: string | null) => (instant === null ? null : Date.parse(instant));
