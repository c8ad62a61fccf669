import { type Clock, isoInstant, uuidSchema } from '@weighgate/protocol';
import type { Selectable } from 'kysely';
import type { Trx } from '../store/database.ts';
import type { OperatorAccountsTable } from '../store/registry-tables.ts';
import { findOwners } from './find-owners.ts';
import { changeOf, type MasterDataChange } from './record-changes.ts';

const textOf = (instant: Date | null) => (instant === null ? null : isoInstant(instant.getTime()));
const validityOf = (row: { valid_from: Date | null; valid_to: Date | null }) => ({
  validFrom: textOf(row.valid_from),
  validTo: textOf(row.valid_to),
});

/** A provider as it stands in the registry now; one that was merged into another is gone. */
export async function providerChange(trx: Trx, id: number): Promise<MasterDataChange> {
  const row = await trx.selectFrom('providers').selectAll().where('id', '=', id).executeTakeFirstOrThrow();
  if (row.merged_into !== null) return changeOf('provider', String(id), null);
  const { name, status } = row;
  return changeOf('provider', String(id), { providerId: id, name, status, ...validityOf(row) });
}

/** A truck with who owns it now and later, and every plate that is an alias of it. @param key of the truck itself */
export async function truckChanges(trx: Trx, key: string, clock: Clock): Promise<MasterDataChange[]> {
  const now = isoInstant(clock.now());
  const owners = (await findOwners(trx, key)).filter(({ validTo }) => validTo === null || now < validTo);
  const current = owners.find(({ validFrom }) => validFrom === null || validFrom <= now);
  const later = owners
    .flatMap(({ providerId, validFrom }) =>
      validFrom !== null && validFrom > now ? { providerId, validFrom } : [],
    )
    .slice(0, 20);
  const rows = await trx
    .selectFrom('trucks')
    .leftJoin('trucks as own', 'own.truck_key', 'trucks.alias_of')
    .select(['trucks.id', 'trucks.truck_key', 'trucks.valid_from', 'trucks.valid_to'])
    .select('own.id as own_plate')
    .where(({ eb, or }) => or([eb('trucks.truck_key', '=', key), eb('trucks.alias_of', '=', key)]))
    .orderBy('trucks.truck_key')
    .execute();
  return rows.map((row) =>
    changeOf('truck', row.truck_key, {
      truck: row.id,
      providerId: current?.providerId ?? null,
      aliasOf: row.own_plate,
      ...validityOf(row),
      ...(later.length === 0 ? {} : { laterOwners: later }),
    }),
  );
}

/** A container with the tare that holds now and those to come. */
export async function containerChange(trx: Trx, id: string, clock: Clock): Promise<MasterDataChange> {
  const now = isoInstant(clock.now());
  const tares = await trx
    .selectFrom('container_tares')
    .select(['tare_g', 'valid_from'])
    .where('container', '=', id)
    .orderBy('valid_from')
    .execute();
  const inForce = tares.findLastIndex(({ valid_from }) => isoInstant(valid_from.getTime()) <= now);
  const current = tares.slice(Math.max(0, inForce), Math.max(0, inForce) + 20);
  return changeOf('container', id, {
    container: id,
    tares: current.map(({ tare_g, valid_from }, index) => ({
      tareG: tare_g,
      validFrom: textOf(valid_from),
      validTo: textOf(current[index + 1]?.valid_from ?? null),
    })),
  });
}

/** A kind of produce. */
export function produceChange(id: string): MasterDataChange {
  return changeOf('produce', id, { produce: id });
}

/**
 * A rate, for the preview at the kiosk; what is billed is decided in the cloud. One that was withdrawn is taken away.
 * @param cloudCurrency that of a rate which names none
 */
export async function rateChange(trx: Trx, id: string, cloudCurrency: string): Promise<MasterDataChange> {
  const row = await trx.selectFrom('rates').selectAll().where('id', '=', id).executeTakeFirstOrThrow();
  if (row.withdrawn_at !== null) return changeOf('rate', id, null);
  const { produce, provider_id: providerId, rate_per_kg_minor: ratePerKgMinor } = row;
  const currency = row.currency ?? cloudCurrency;
  return changeOf('rate', id, { produce, providerId, ratePerKgMinor, currency, ...validityOf(row) });
}

/** An operator at every site where they may sign in, and away from those named that are not among them. */
export function operatorChanges(
  row: Selectable<OperatorAccountsTable>,
  formerSites: readonly string[] = [],
): MasterDataChange[] {
  const { operator_id: operatorId, name, role, verifier } = row;
  const sites = row.withdrawn_at === null ? row.sites : [];
  const body = { operatorId: uuidSchema.parse(operatorId), name, role, verifier, ...validityOf(row) };
  const gone = [...row.sites, ...formerSites].filter((site) => !sites.includes(site));
  return [
    ...sites.map((site) => changeOf('operator', operatorId, body, site)),
    ...gone.map((site) => changeOf('operator', operatorId, null, site)),
  ];
}
