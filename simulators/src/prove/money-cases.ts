import type { BillableSession, BillTerms } from '@weighgate/cloud-api/src/billing/bill-of.ts';
import type { QualityFinding } from '@weighgate/cloud-api/src/billing/quality.ts';
import type { Rate } from '@weighgate/cloud-api/src/billing/rate.ts';
import type { VatTerms } from '@weighgate/cloud-api/src/billing/vat.ts';
import type { Random } from '../random.ts';

/** One bill to be made. */
export interface MoneyCase {
  providerId: number;
  sessions: BillableSession[];
  rates: Rate[];
  terms: BillTerms;
}

const OWN = 10_001;
const OTHER = 10_002;
/** Few instants, so that boundaries are hit often. */
const LAST_MS = 12;
const produces = ['orange', 'lemon', 'grape'];
/** Rates at which whole numbers of grams give exact halves, and others that do not end well. */
const awkwardRates = [
  '0',
  '0.5',
  '1',
  '1.5',
  '2.5',
  '93.5',
  '0.0001',
  '33.3333',
  '0.125',
  '99999999999999.9999',
];
const awkwardGrams = [0, 1, 499, 500, 501, 1_000, 1_500, 2_500, 3_000, 7_000_000, 5_000_000, 60_000_000];
const percents = ['0', '17', '18', '16.5', '8.875', '0.0001'];

/** A random bill: mostly one that can be made, with ties, boundaries and small and huge amounts more often than by chance. */
export function randomMoneyCase(random: Random): MoneyCase {
  const currency = random.pick(['ILS', 'JPY', 'KWD']);
  const isClean = random.next() < 0.85;
  const rates = produces.flatMap((produce) =>
    [null, OWN, OTHER].flatMap((providerId) => timelineOf(random, produce, providerId, currency, isClean)),
  );
  return {
    providerId: OWN,
    sessions: Array.from({ length: random.whole(0, 6) }, (_, i) => sessionOf(random, i, isClean)),
    rates,
    terms: {
      currency,
      rounding: random.pick(['half_away', 'half_even'] as const),
      vat: vatOf(random, isClean),
    },
  };
}

function sessionOf(random: Random, index: number, isClean: boolean): BillableSession {
  const isOdd = !isClean && random.next() < 0.1;
  return {
    sessionId: `s${index}`,
    ticketNo: `T-${index}`,
    truck: 'AB-1000',
    produce: isOdd && random.next() < 0.5 ? null : random.pick(produces),
    netG: isOdd && random.next() < 0.5 ? null : gramsOf(random),
    weighedOutAtMs: random.whole(0, LAST_MS),
    ...(random.next() < 0.25 ? { findings: findingsOf(random) } : {}),
  };
}

function gramsOf(random: Random): number {
  const chance = random.next();
  if (chance < 0.4) return random.pick(awkwardGrams);
  return chance < 0.98 ? random.whole(0, 60_000_000) : Number.MAX_SAFE_INTEGER - random.whole(0, 1_000);
}

/** Ranges of one produce and one provider that touch or leave gaps, and never overlap. */
function timelineOf(
  random: Random,
  produce: string,
  providerId: number | null,
  currency: string,
  isClean: boolean,
): Rate[] {
  if (providerId !== null && random.next() < 0.5) return [];
  const cuts = random.next() < 0.5 ? [] : [random.whole(1, 5), random.whole(6, LAST_MS)];
  const edges = [null, ...cuts, null];
  return edges.slice(0, -1).flatMap((validFromMs, i) => {
    if (!isClean && random.next() < 0.05) return [];
    return {
      id: `${produce}-${providerId ?? 'all'}-${i}`,
      produce,
      providerId,
      ratePerKgMinor: rateTextOf(random),
      currency: !isClean && random.next() < 0.02 ? 'USD' : currency,
      validFromMs,
      validToMs: edges[i + 1] ?? null,
    };
  });
}

function rateTextOf(random: Random): string {
  if (random.next() < 0.4) return random.pick(awkwardRates);
  return decimalOf(random, 20_000);
}

function decimalOf(random: Random, max: number): string {
  const decimals = random.whole(0, 4);
  const fraction = String(random.whole(0, 9_999)).padStart(4, '0').slice(0, decimals);
  return decimals === 0 ? `${random.whole(0, max)}` : `${random.whole(0, max)}.${fraction}`;
}

function findingsOf(random: Random): QualityFinding[] {
  return Array.from({ length: random.whole(1, 3) }, () => findingOf(random));
}

function findingOf(random: Random): QualityFinding {
  switch (random.pick(['moisture', 'pound_solids', 'deduction'] as const)) {
    case 'moisture':
      return {
        kind: 'moisture',
        foundPercent: decimalOf(random, 40),
        basePercent: random.pick(['14', '0', '13.5']),
      };
    case 'pound_solids':
      return {
        kind: 'pound_solids',
        foundPercent: decimalOf(random, 20),
        standardPercent: random.pick(['12', '11.3333', '8']),
      };
    case 'deduction':
      return { kind: 'deduction', percent: decimalOf(random, 99), reason: 'leaves' };
  }
}

function vatOf(random: Random, isClean: boolean): VatTerms {
  const chance = random.next();
  if (chance < 0.2) return 'not_charged';
  if (chance < 0.3) return 'exempt';
  const changesAtMs = random.whole(1, LAST_MS);
  const rows = [
    { id: 'v1', percent: random.pick(percents), validFromMs: null, validToMs: changesAtMs },
    { id: 'v2', percent: random.pick(percents), validFromMs: changesAtMs, validToMs: null },
  ];
  return !isClean && random.next() < 0.05 ? rows.slice(1) : rows;
}
