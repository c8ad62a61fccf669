import { createHash } from 'node:crypto';
import {
  type FrozenBill,
  type FrozenSession,
  frozenBillSchema,
  frozenSessionSchema,
} from '../frozen-bill.ts';
import type { BilledDelivery } from './bill-document.ts';

const uuid = (n: number) => `018f0000-0000-7000-8000-${String(n).padStart(12, '0')}`;
const zeros = '0'.repeat(64);

/** A delivery on a sample bill. */
export function testSession(n: number, said: Partial<FrozenSession> = {}): FrozenSession {
  const weight = (
    grossG: number,
    at: string,
    containers: FrozenSession['first']['containers'],
    seq: number,
  ) => ({
    weightId: uuid(1000 + seq),
    grossG,
    registeredAt: at,
    scaleId: 'bridge-1',
    isManual: false,
    containers,
    entry: { uuid: uuid(2000 + seq), device: 'gate-1', incarnation: uuid(9), seq, hash: zeros },
  });
  const day = String((n % 28) + 1).padStart(2, '0');
  const containers = [{ id: `C${n % 90}`, tareG: 150_000, tareSince: '2026-01-02T00:00:00.000Z' }];
  const netG = 7_000_000 - 150_000;
  return frozenSessionSchema.parse({
    v: 1,
    id: uuid(n),
    charge: 'delivery',
    site: 'gate-1',
    truck: `77-421-${String(n % 100).padStart(2, '0')}`,
    produce: 'תפוזים',
    ticketIn: `GATE1-7F3A-${String(2 * n).padStart(5, '0')}`,
    ticketOut: `GATE1-7F3A-${String(2 * n + 1).padStart(5, '0')}`,
    weighedInAt: `2026-06-${day}T05:05:00.000Z`,
    weighedOutAt: `2026-06-${day}T05:40:00.000Z`,
    marks: [],
    first: weight(15_000_000, `2026-06-${day}T05:05:00.000Z`, containers, 2 * n),
    second: weight(8_000_000, `2026-06-${day}T05:40:00.000Z`, [], 2 * n + 1),
    storedTare: null,
    netG,
    netEntryUuid: uuid(2000 + 2 * n + 1),
    ...said,
  });
}

/** A bill as it could have been issued, with every part a document has to show. */
export function testBill(said: Partial<FrozenBill> = {}): FrozenBill {
  const rate = {
    id: uuid(501),
    providerId: 10001,
    perKgMinor: '93.5',
    validFrom: '2026-01-01T00:00:00.000Z',
    validTo: null,
  };
  const vat = { kind: 'charged', rateId: uuid(601), percent: '18' } as const;
  const produceLine = {
    kind: 'produce',
    rate,
    vat,
    isLate: false,
    sessionsHash: zeros,
    corrects: null,
  } as const;
  return frozenBillSchema.parse({
    v: 1,
    id: uuid(1),
    kind: 'tax_invoice',
    isSelfBilled: true,
    series: 'SB',
    year: 2026,
    number: 17,
    numberText: 'SB-2026-000017',
    issuedAt: '2026-07-01T06:00:00.000Z',
    period: { from: '2026-05-31T21:00:00.000Z', to: '2026-06-30T21:00:00.000Z' },
    timeZone: 'Asia/Jerusalem',
    currency: 'ILS',
    currencyDecimals: 2,
    rounding: 'half_away',
    seller: {
      providerId: 10001,
      name: 'משק כהן ובניו בע"מ',
      taxId: '514123456',
      address: 'דרך הפרדס 7, מושב גן שמואל',
    },
    buyer: {
      name: 'Gan Shmuel Foods Ltd',
      taxId: '511234567',
      address: 'Gan Shmuel 3881000',
    },
    agreement: { reference: 'SB-10001/2025', since: '2025-01-01T00:00:00.000Z' },
    lines: [
      {
        no: 1,
        ...produceLine,
        produce: 'תפוזים',
        netG: '411000000',
        amountMinor: '38428500',
        sessionCount: 60,
      },
      {
        no: 2,
        ...produceLine,
        produce: 'grapefruit "Star Ruby"',
        rate: { ...rate, id: uuid(502), providerId: null, perKgMinor: '120.0001' },
        isLate: true,
        netG: '6850000',
        amountMinor: '822001',
        sessionCount: 1,
      },
      {
        no: 3,
        kind: 'quality',
        sessionId: uuid(3),
        finding: { kind: 'moisture', foundPercent: '14.2', basePercent: '12' },
        rate,
        vat,
        isLate: false,
        amountMinor: '-16012',
        corrects: null,
      },
      {
        no: 4,
        kind: 'quality',
        sessionId: uuid(5),
        finding: { kind: 'deduction', percent: '3', reason: 'עלים ואדמה' },
        rate,
        vat: { kind: 'exempt' },
        isLate: false,
        amountMinor: '-19214',
        corrects: null,
      },
    ],
    vatGroups: [
      { percent: null, baseMinor: '-19214', vatMinor: '0' },
      { percent: '18', baseMinor: '39234489', vatMinor: '7062208' },
    ],
    totals: { netG: '417850000', netMinor: '39215275', vatMinor: '7062208', totalMinor: '46277483' },
    allocation: { state: 'granted', number: '202607010012345678' },
    corrects: null,
    priorHash: zeros,
    ...said,
  });
}

/** The deliveries of {@link testBill}. */
export function testDeliveries(count = 61): BilledDelivery[] {
  return Array.from({ length: count }, (_, i) => ({
    lineNo: i === 60 ? 2 : 1,
    session: testSession(i + 1, unusual.get(i)),
  }));
}
const unusual = new Map<number, Partial<FrozenSession>>([
  [4, { marks: ['MANUAL'] }],
  [
    7,
    {
      marks: ['PT'],
      second: null,
      storedTare: { kind: 'preset', tareG: 8_000_000 },
      ticketOut: testSession(8).ticketIn,
    },
  ],
  [60, { produce: 'grapefruit "Star Ruby"', truck: 'אבג-123' }],
]);

/** A frozen bill with its text and hash, as it is read from the database. */
export function stored(bill: FrozenBill) {
  const text = JSON.stringify(bill);
  return { bill, text, hash: createHash('sha256').update(text).digest('hex') };
}
