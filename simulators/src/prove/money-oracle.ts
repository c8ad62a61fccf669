import {
  dividedBy,
  type Fraction,
  fractionOf,
  minus,
  nearestWhole,
  times,
  wholeNumber,
} from './money-fraction.ts';

/** What a bill is computed from, in this oracle's own words. It shares no code with what it judges. */
export interface OracleInput {
  providerId: number;
  sessions: readonly {
    sessionId: string;
    produce: string | null;
    netG: number | null;
    weighedOutAtMs: number;
    findings?: readonly OracleFinding[];
  }[];
  rates: readonly {
    id: string;
    produce: string;
    providerId: number | null;
    ratePerKgMinor: string;
    currency: string;
    validFromMs: number | null;
    validToMs: number | null;
  }[];
  terms: {
    currency: string;
    rounding: 'half_away' | 'half_even';
    vat:
      | 'not_charged'
      | 'exempt'
      | readonly { id: string; percent: string; validFromMs: number | null; validToMs: number | null }[];
  };
}
type OracleFinding =
  | { kind: 'moisture'; foundPercent: string; basePercent: string }
  | { kind: 'pound_solids'; foundPercent: string; standardPercent: string }
  | { kind: 'deduction'; percent: string };

const hundred = wholeNumber(100n);
/** Decimals of the currencies that occur here, by ISO 4217. */
const decimalsOf: Readonly<Record<string, number>> = { ILS: 2, JPY: 0, KWD: 3 };

const holds = (range: { validFromMs: number | null; validToMs: number | null }, atMs: number) =>
  atMs >= (range.validFromMs ?? -Infinity) && atMs < (range.validToMs ?? Infinity);

/** The bill as text, one fact a line, in the order of the alphabet. */
export function oracleBill({ providerId, sessions, rates, terms }: OracleInput): string {
  const ties = terms.rounding === 'half_even' ? 'to_even' : 'away_from_zero';
  const blocked: string[] = [];
  const lineGrams = new Map<string, { grams: bigint; rateText: string; vat: string }>();
  const facts: string[] = [];
  const vatBases = new Map<string, bigint>();
  let grams = 0n;
  let before = 0n;
  const add = (vat: string, amount: bigint) => {
    before += amount;
    if (vat !== 'none') vatBases.set(vat, (vatBases.get(vat) ?? 0n) + amount);
  };

  for (const { sessionId, netG, produce, weighedOutAtMs, findings = [] } of sessions) {
    const own = rates.filter((rate) => rate.providerId === providerId);
    const general = rates.filter((rate) => rate.providerId === null);
    const [rate] = [...own, ...general].filter(
      (one) => one.produce === produce && holds(one, weighedOutAtMs),
    );
    const vat = vatNameOf(terms.vat, weighedOutAtMs);
    const reason =
      netG === null
        ? 'pending_net'
        : produce === null
          ? 'no_produce'
          : rate === undefined
            ? 'no_rate'
            : rate.currency !== terms.currency
              ? 'other_currency'
              : vat === undefined
                ? 'no_vat_rate'
                : null;
    if (netG === null || rate === undefined || vat === undefined || reason !== null) {
      blocked.push(`blocked ${sessionId} ${reason}`);
      continue;
    }
    grams += BigInt(netG);
    const key = `${rate.id} ${vat.id}`;
    const line = lineGrams.get(key) ?? { grams: 0n, rateText: rate.ratePerKgMinor, vat: vat.percent };
    line.grams += BigInt(netG);
    lineGrams.set(key, line);
    for (const [index, finding] of findings.entries()) {
      const amount = nearestWhole(times(paidFor(BigInt(netG), rate.ratePerKgMinor), changeBy(finding)), ties);
      facts.push(`quality ${sessionId} ${index} ${amount}`);
      add(vat.percent, amount);
    }
  }
  if (blocked.length > 0) return blocked.sort().join('\n');

  for (const [key, line] of lineGrams) {
    const amount = nearestWhole(paidFor(line.grams, line.rateText), ties);
    facts.push(`line ${key} ${line.grams} ${amount}`);
    add(line.vat, amount);
  }
  let vatTotal = 0n;
  for (const [percent, base] of vatBases) {
    const part = percent === 'exempt' ? wholeNumber(0n) : dividedBy(fractionOf(percent), hundred);
    const amount = nearestWhole(times(wholeNumber(base), part), ties);
    facts.push(`vat ${percent} ${base} ${amount}`);
    vatTotal += amount;
  }
  const payable = before + vatTotal;
  facts.push(`total ${grams} ${before} ${vatTotal} ${payable} ${majorText(payable, terms.currency)}`);
  return facts.sort().join('\n');
}

/** Kilograms times the price of one. */
function paidFor(grams: bigint, rateText: string): Fraction {
  return times(dividedBy(wholeNumber(grams), wholeNumber(1000n)), fractionOf(rateText));
}

function changeBy(finding: OracleFinding): Fraction {
  const nothing = wholeNumber(0n);
  if (finding.kind === 'deduction') return minus(nothing, dividedBy(fractionOf(finding.percent), hundred));
  const found = fractionOf(finding.foundPercent);
  if (finding.kind === 'pound_solids') {
    const standard = fractionOf(finding.standardPercent);
    return dividedBy(minus(found, standard), standard);
  }
  const base = fractionOf(finding.basePercent);
  const excess = minus(found, base);
  return excess.over <= 0n ? nothing : minus(nothing, dividedBy(excess, minus(hundred, base)));
}

function vatNameOf(vat: OracleInput['terms']['vat'], atMs: number) {
  if (typeof vat === 'string') {
    return vat === 'exempt' ? { id: 'exempt', percent: 'exempt' } : { id: 'none', percent: 'none' };
  }
  const row = vat.find((one) => holds(one, atMs));
  return row === undefined ? undefined : { id: row.id, percent: row.percent };
}

/** The digits with a point among them, by counting from the right. */
function majorText(minor: bigint, currency: string): string {
  const decimals = decimalsOf[currency] ?? Number.NaN;
  const digits = [...String(minor).replace('-', '')].reverse();
  while (digits.length <= decimals) digits.push('0');
  if (decimals > 0) digits.splice(decimals, 0, '.');
  return (minor < 0n ? '-' : '') + digits.reverse().join('');
}
