import { z } from 'zod';

/** Whole minor units of the currency as decimal text: beyond the integers that a JSON number holds, too. */
const minorText = z.string().regex(/^(?:0|-?[1-9]\d{0,29})$/, 'must be whole minor units as text');
/** Whole grams as decimal text, for sums. */
const gramsText = z.string().regex(/^(?:0|-?[1-9]\d{0,29})$/, 'must be whole grams as text');
const uuidText = z.uuid();
const sha256Text = z.string().regex(/^[0-9a-f]{64}$/);
const instantText = z.iso.datetime();
const percentText = z.string().regex(/^\d{1,3}(?:\.\d{1,4})?$/);
const partyText = z.string().min(1).max(255);

/** Who buys or sells, as they were called when the bill was issued. */
const buyerSchema = z.strictObject({
  name: partyText,
  taxId: z.string().max(40).nullable(),
  address: z.string().max(500).nullable(),
});
const sellerSchema = buyerSchema.extend({ providerId: z.int().positive() });

/** Which VAT a line has: the row and percentage that held at weigh-out, none for an exempt provider, or nothing said of it. */
const vatSchema = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.literal('charged'), rateId: uuidText, percent: percentText }),
  z.strictObject({ kind: z.literal('exempt') }),
  z.strictObject({ kind: z.literal('not_charged') }),
]);

/** The rate of a line as it stood: the row, its text, and when it holds. */
const frozenRateSchema = z.strictObject({
  id: uuidText,
  /** Null: the rate for all providers. */
  providerId: z.int().nullable(),
  /** Minor units per kilogram as decimal text. */
  perKgMinor: z.string().regex(/^\d{1,14}(?:\.\d{1,4})?$/),
  validFrom: instantText.nullable(),
  /** Exclusive. */
  validTo: instantText.nullable(),
});

/**
 * Deliveries of one produce under one rate row and one VAT rate: grams summed first, then one multiplication and one
 * rounding. On a credit note both are what is taken off, below zero, and `corrects` names the line of the bill.
 */
export const frozenProduceLineSchema = z.strictObject({
  no: z.int().positive(),
  kind: z.literal('produce'),
  produce: z.string().min(1),
  rate: frozenRateSchema,
  vat: vatSchema,
  /** Weighed out before the period, in one whose bill had been issued when the delivery came in. */
  isLate: z.boolean(),
  netG: gramsText,
  amountMinor: minorText,
  sessionCount: z.int().nonnegative(),
  /** SHA-256 of the SHA-256 of each session's text, 32 bytes each, in the order of their positions. */
  sessionsHash: sha256Text,
  corrects: z.int().positive().nullable(),
});

/** What was found of one delivery's quality, paid on a line of its own. It never alters a weight. */
const qualityLineSchema = z.strictObject({
  no: z.int().positive(),
  kind: z.literal('quality'),
  sessionId: uuidText,
  finding: z.discriminatedUnion('kind', [
    z.strictObject({ kind: z.literal('moisture'), foundPercent: percentText, basePercent: percentText }),
    z.strictObject({
      kind: z.literal('pound_solids'),
      foundPercent: percentText,
      standardPercent: percentText,
    }),
    z.strictObject({
      kind: z.literal('deduction'),
      percent: percentText,
      reason: z.string().min(1).max(200),
    }),
  ]),
  rate: frozenRateSchema,
  vat: vatSchema,
  isLate: z.boolean(),
  /** Below zero for what is taken off. */
  amountMinor: minorText,
  corrects: z.int().positive().nullable(),
});

/** VAT of all lines of one percentage: computed once, on the sum of their rounded amounts. Null for exempt. */
const vatGroupSchema = z.strictObject({
  percent: percentText.nullable(),
  baseMinor: minorText,
  vatMinor: minorText,
});

/** The number that a tax authority gives for a tax invoice, and what became of asking for it. */
const allocationSchema = z.discriminatedUnion('state', [
  z.strictObject({ state: z.literal('not_required') }),
  z.strictObject({ state: z.literal('granted'), number: z.string().regex(/^\d{9,30}$/) }),
  z.strictObject({ state: z.literal('refused'), reason: z.string().min(1).max(500) }),
]);

/**
 * The frozen copy of an issued bill, everything but its sessions, which may be a million: they are rows of
 * `bill_sessions`, each a {@link frozenSessionSchema}, and each line holds their hash. What is stored, hashed and shown is
 * the text; `bills.hash` is its SHA-256, and `priorHash` that of the bill before in the series (zeros for the first).
 */
export const frozenBillSchema = z.strictObject({
  v: z.literal(1),
  id: uuidText,
  kind: z.enum(['tax_invoice', 'proforma', 'credit_note']),
  /** Made out by the buyer in the provider's name. */
  isSelfBilled: z.literal(true),
  series: z.string().regex(/^[A-Z]{2,4}$/),
  year: z.int(),
  number: z.int().positive(),
  numberText: z.string().min(1).max(40),
  issuedAt: instantText,
  period: z.strictObject({
    from: instantText,
    /** Exclusive. */
    to: instantText,
  }),
  /** IANA name of the zone that dates on the document are in. */
  timeZone: z.string().min(1),
  /** ISO 4217, and how many decimals it has. */
  currency: z.string().regex(/^[A-Z]{3}$/),
  currencyDecimals: z.int().min(0).max(4),
  rounding: z.enum(['half_away', 'half_even']),
  /** The provider, who sells. */
  seller: sellerSchema,
  /** Ourselves, who buy. */
  buyer: buyerSchema,
  /** The self-billing agreement a tax invoice is made under; null for none. */
  agreement: z.strictObject({ reference: z.string().min(1).max(120), since: instantText }).nullable(),
  lines: z.array(z.discriminatedUnion('kind', [frozenProduceLineSchema, qualityLineSchema])).max(10_000),
  vatGroups: z.array(vatGroupSchema).max(100),
  totals: z.strictObject({
    netG: gramsText,
    /** Sum of the lines. */
    netMinor: minorText,
    /** Sum of the groups. */
    vatMinor: minorText,
    totalMinor: minorText,
  }),
  allocation: allocationSchema,
  /** What a credit note corrects; null on a bill. */
  corrects: z
    .strictObject({
      billId: uuidText,
      numberText: z.string(),
      issuedAt: instantText,
      hash: sha256Text,
      reason: z.string().min(1).max(500),
    })
    .nullable(),
  priorHash: sha256Text,
});
export type FrozenBill = z.infer<typeof frozenBillSchema>;
export type FrozenLine = FrozenBill['lines'][number];

/** A container on the deck, with the tare that was used and since when it held. */
const frozenContainerSchema = z.strictObject({
  id: z.string(),
  /** Null when nothing was computed with it. */
  tareG: z.int().nonnegative().nullable(),
  /** Since when the registry knows a tare for it that held at the weighing; null when it knows none. */
  tareSince: instantText.nullable(),
});

const frozenWeightSchema = z.strictObject({
  weightId: uuidText,
  grossG: z.int().nonnegative(),
  registeredAt: instantText,
  scaleId: z.string(),
  /** A person gave it. */
  isManual: z.boolean(),
  containers: z.array(frozenContainerSchema),
  /** The journal entry that registered it: its uuid, its device's chain, its place and hash there. */
  entry: z.strictObject({
    uuid: uuidText,
    device: z.string(),
    incarnation: uuidText,
    seq: z.int().positive(),
    hash: sha256Text,
  }),
});

/**
 * One delivery on a bill, with all that its net was computed from. On which line it is, and whether late, the bill says: see
 * `StoredSession`.
 */
export const frozenSessionSchema = z.strictObject({
  v: z.literal(1),
  id: uuidText,
  charge: z.literal('delivery'),
  site: z.string(),
  truck: z.string(),
  produce: z.string(),
  ticketIn: z.string(),
  ticketOut: z.string(),
  weighedInAt: instantText,
  /** The real date of a late one, too. */
  weighedOutAt: instantText,
  /** MANUAL: a weight was given by a person. PT: a stored tare was used in place of the second weighing. */
  marks: z.array(z.enum(['MANUAL', 'PT'])),
  first: frozenWeightSchema,
  /** Null for a truck that was weighed once, with its stored tare. */
  second: frozenWeightSchema.nullable(),
  storedTare: z.strictObject({ kind: z.enum(['weighed', 'preset']), tareG: z.int() }).nullable(),
  netG: z.int().nonnegative(),
  /** The journal entry the net comes from. */
  netEntryUuid: uuidText,
});
export type FrozenSession = z.infer<typeof frozenSessionSchema>;
