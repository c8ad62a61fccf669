import { isoInstant } from '@weighgate/protocol';
import { sql } from 'kysely';
import type { Db, Trx } from '../../store/database.ts';
import type { BillTerms } from '../bill-of.ts';
import type { RoundingMode } from '../decimal.ts';
import { decimalTextOf, scaledOf } from '../decimal.ts';
import type { VatRate, VatTerms } from '../vat.ts';

/** Ourselves, as we stand on a bill. */
export interface Buyer {
  name: string;
  taxId: string | null;
  address: string | null;
  rounding: RoundingMode;
}

/** A provider, as they stand on a bill, and what their bill is made by. */
export interface Seller {
  providerId: number;
  name: string;
  taxId: string | null;
  address: string | null;
  /** The agreement under which we make out their tax invoices; null while none holds. */
  agreement: { reference: string; sinceMs: number } | null;
  terms: BillTerms;
}

interface SellerRow {
  providerId: number;
  name: string;
  taxId: string | null;
  address: string | null;
  vat: 'standard' | 'zero' | 'exempt' | 'not_charged' | null;
  reference: string | null;
  since: Date | null;
}

/** What is said of ourselves for an instant; undefined while nobody has said it. */
export async function findBuyer(db: Db | Trx, atMs: number): Promise<Buyer | undefined> {
  return await db
    .selectFrom('buyer_details')
    .select(['name', 'tax_id as taxId', 'address', 'rounding'])
    .where('valid_from', '<=', sql<Date>`${isoInstant(atMs)}::timestamptz`)
    .orderBy('valid_from', 'desc')
    .orderBy('no', 'desc')
    .limit(1)
    .executeTakeFirst();
}

/**
 * Providers as they stand on a bill made out at an instant. One whose tax details nobody has given is not charged VAT.
 * @param currency of every amount, ISO 4217
 */
export async function findSellers(
  db: Db | Trx,
  providerIds: readonly number[],
  { atMs, currency }: { atMs: number; currency: string },
): Promise<Map<number, Seller>> {
  const rounding = (await findBuyer(db, atMs))?.rounding ?? 'half_away';
  const vatRates = await findVatRates(db);
  const at = isoInstant(atMs);
  const found = await sql<SellerRow>`
    select p.id as "providerId", p.name, t.tax_id as "taxId", t.address, t.vat, a.reference, a.valid_from as since
      from providers p
      left join lateral (
        select * from provider_tax_details t
         where t.provider_id = p.id and t.valid_from <= ${at}::timestamptz
         order by t.valid_from desc, t.no desc limit 1) t on true
      left join self_billing_agreements a
        on a.provider_id = p.id and tstzrange(a.valid_from, a.valid_to, '[)') @> ${at}::timestamptz
     where p.id = any(${providerIds}::bigint[])`.execute(db);
  return new Map(
    found.rows.map(({ vat, reference, since, ...row }) => {
      const agreement = reference === null || since === null ? null : { reference, sinceMs: since.getTime() };
      return [row.providerId, { ...row, agreement, terms: { currency, rounding, vat: vatTerms(vat) } }];
    }),
  );

  function vatTerms(vat: SellerRow['vat']): VatTerms {
    if (vat === null || vat === 'not_charged') return 'not_charged';
    return vat === 'exempt' ? 'exempt' : vatRates[vat];
  }
}

async function findVatRates(db: Db | Trx): Promise<Record<'standard' | 'zero', VatRate[]>> {
  const rows = await db.selectFrom('standing_vat_rates').selectAll().orderBy('valid_from').execute();
  const rates: Record<'standard' | 'zero', VatRate[]> = { standard: [], zero: [] };
  for (const { id, category, percent, valid_from: from, valid_to: to } of rows) {
    rates[category].push({
      id,
      percent: decimalTextOf(scaledOf(percent)),
      validFromMs: from.getTime(),
      validToMs: to?.getTime() ?? null,
    });
  }
  return rates;
}
